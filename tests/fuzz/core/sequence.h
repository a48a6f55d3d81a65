/* A random sequence of operations of the core: what tasks do, written as a list of instructions.
 *
 * Each instruction belongs to one of a few scripts, and a script is the instructions that name it,
 * in their order. Script 0 is what the first task does; others are run by tasks, jobs, posted calls
 * and callbacks that instructions start. So any bytes are a sequence, and a sequence from which an
 * instruction was taken is one too: that makes it easy to generate, and to shrink.
 */
#ifndef GREENIO_TESTS_FUZZ_SEQUENCE_H
#define GREENIO_TESTS_FUZZ_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
  SCRIPTS = 6,
  SLOTS = 8, /* where scripts keep futures */
  LOCKS = 2,
  SEMAPHORES = 2,
  CHANNELS = 3, /* of capacity 0, 1 and 2 */
  POOLS = 2,    /* of 1 and 2 workers */
  GROUPS = 2,   /* at a time */
  LOCALS = 2,
  MOST_INSTRUCTIONS = 64,
};

/* X(name): every operation. What a, b, c and d mean stands with each in run.c. */
#define OPERATIONS(X)                                                                              \
  X(yield)                                                                                         \
  X(sleep)                                                                                         \
  X(spawn)                                                                                         \
  X(wait)                                                                                          \
  X(join)                                                                                          \
  X(cancel)                                                                                        \
  X(wait_any)                                                                                      \
  X(wait_all)                                                                                      \
  X(timeout)                                                                                       \
  X(shield)                                                                                        \
  X(leave)                                                                                         \
  X(acquire)                                                                                       \
  X(release)                                                                                       \
  X(take)                                                                                          \
  X(try_take)                                                                                      \
  X(give)                                                                                          \
  X(send)                                                                                          \
  X(receive)                                                                                       \
  X(try_send)                                                                                      \
  X(try_receive)                                                                                   \
  X(close)                                                                                         \
  X(select)                                                                                        \
  X(submit)                                                                                        \
  X(set_max)                                                                                       \
  X(shutdown)                                                                                      \
  X(set_local)                                                                                     \
  X(get_local)                                                                                     \
  X(future)                                                                                        \
  X(resolve)                                                                                       \
  X(reject)                                                                                        \
  X(on_cancel)                                                                                     \
  X(on_done)                                                                                       \
  X(drop)                                                                                          \
  X(post)                                                                                          \
  X(later)                                                                                         \
  X(lag)                                                                                           \
  X(fail)                                                                                          \
  X(value)                                                                                         \
  X(end)                                                                                           \
  X(open_group)                                                                                    \
  X(group_spawn)                                                                                   \
  X(group_wait)                                                                                    \
  X(group_cancel)                                                                                  \
  X(group_release)

enum operation {
#define OPERATION(name) DO_##name,
  OPERATIONS(OPERATION)
#undef OPERATION
      OPERATION_COUNT,
};

struct instruction {
  uint8_t script, operation, a, b, c, d;
};

struct sequence {
  bool
      microtasks; /* the host runs a wanted turn before it looks for events, as JavaScript's does */
  bool tidy;      /* the first task shuts the pools down at its end */
  unsigned count;
  struct instruction instructions[MOST_INSTRUCTIONS];
};

/* A byte of flags, then six bytes an instruction; what is too much is left out. */
void sequence_decode(struct sequence *out, const uint8_t *bytes, size_t size);
size_t sequence_encode(const struct sequence *sequence, uint8_t *bytes);
enum { SEQUENCE_BYTES = 1 + 6 * MOST_INSTRUCTIONS };

/* The sequence of that number. */
void sequence_random(struct sequence *out, uint64_t seed);

/* For people: a line an instruction, script by script; and the bytes in hexadecimal, as the program
 * takes them. */
void sequence_print(const struct sequence *sequence, FILE *out);
const char *operation_name(unsigned operation);

#endif
