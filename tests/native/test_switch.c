/* A task that parks while another is ready goes there straight, and what the way over the host's own stack
 * had in it is kept: the budget, errno, the look whether a stack was left below. */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "child.h"
#include "harness.h"

/* Sanitizers find a stack that was left where it happens, or need the calls that are forbidden here. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WHY_NOT "sanitizers find it by themselves, or need the system calls that are forbidden"
#elif !defined __linux__
#define WHY_NOT "system calls are forbidden on Linux alone"
#else
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

/* ---- the budget ---- */

struct pair {
  bool stop;
  int rounds;
};

static int yield_until_stopped(void *arg) {
  struct pair *pair = arg;
  int rc = 0;
  while (!pair->stop && rc == 0) {
    pair->rounds++;
    rc = green_yield();
  }
  return rc;
}

static int stop_behind_a_timer(void *arg) {
  struct pair *pair = arg;
  int rc = green_sleep(1);
  pair->stop = true;
  return rc;
}

static int stop_behind_a_descriptor(void *arg) {
  struct pair *pair = arg;
  int ends[2];
  if (pipe(ends) < 0) return GREEN_EMFILE;
  int rc = write(ends[1], "", 1) == 1 ? green_wait_fd(ends[0], POLLIN) : GREEN_EPIPE;
  pair->stop = true;
  close(ends[0]);
  close(ends[1]);
  return rc < 0 ? rc : 0;
}

/* Two that always have each other to go to let events in. */
static int let_in(green_function stop) {
  struct pair pair = {false, 0};
  AUTO_JOIN green_future *first = green_spawn(yield_until_stopped, &pair);
  AUTO_JOIN green_future *second = green_spawn(yield_until_stopped, &pair);
  AUTO_JOIN green_future *event = green_spawn(stop, &pair);
  if (green_done(event)) pair.stop = true; /* there was no memory */
  CHECK_STARTED(first);
  CHECK_STARTED(second);
  CHECK_STARTED(event);
  int rc = green_wait(event);
  pair.stop = true;
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(green_wait(first), 0);
  CHECK_STATUS(green_wait(second), 0);
  CHECK(pair.rounds > 0);
  return 0;
}

TEST(switch_among_two_lets_timers_in) {
  return let_in(stop_behind_a_timer);
}

TEST(switch_among_two_lets_descriptors_in) {
  return let_in(stop_behind_a_descriptor);
}

/* ---- errno ---- */

struct ring {
  green_channel *to[3];
  int errors[3];
};

struct member {
  struct ring *ring;
  int place;
};

static int return_at_once(void *arg) {
  errno = ENOTTY;
  return arg == NULL;
}

/* Parks in every way in which another is ready: it yields, it wakes who waits for it, a task begins and
 * ends meanwhile. */
static int pass_on(void *arg) {
  struct member *member = arg;
  struct ring *ring = member->ring;
  int mine = ring->errors[member->place], token;
  for (int i = 0; i < 50; i++) {
    errno = mine;
    int rc = green_channel_receive(ring->to[member->place], &token);
    if (rc == 0 && errno != mine) return GREEN_EPERM;
    if (rc == 0) rc = green_yield();
    if (rc == 0 && errno != mine) return GREEN_EPERM;
    if (rc == 0 && i % 10 == 0) rc = green_join(green_spawn(return_at_once, arg));
    if (rc == 0 && errno != mine) return GREEN_EPERM;
    if (rc == 0) rc = green_channel_send(ring->to[(member->place + 1) % 3], &token);
    if (rc < 0) return rc;
  }
  return 0;
}

TEST(switch_keeps_errno_in_a_ring_of_tasks) {
  AUTO_CHANNEL green_channel *a = NULL, *b = NULL, *c = NULL;
  CHECK_STATUS(green_channel_new(&a, sizeof(int), 1), 0);
  CHECK_STATUS(green_channel_new(&b, sizeof(int), 1), 0);
  CHECK_STATUS(green_channel_new(&c, sizeof(int), 1), 0);
  struct ring ring = {{a, b, c}, {EDOM, ERANGE, ENOENT}};
  struct member members[] = {{&ring, 0}, {&ring, 1}, {&ring, 2}};
  int token = 0;
  CHECK_STATUS(green_channel_send(a, &token), 0);
  AUTO_JOIN_ALL struct test_futures futures = test_futures(3);
  for (int i = 0; i < 3; i++) {
    futures.at[i] = green_spawn(pass_on, &members[i]);
    CHECK_STARTED(futures.at[i]);
  }
  CHECK_STATUS(green_wait_all(futures.at, 3), 0);
  return 0;
}

/* ---- a stack without a guard ---- */

#ifndef WHY_NOT
#define PAGE ((uintptr_t)4096)

/* The system calls that make guards fail from here on. */
static bool forbid_guards(void) {
  struct sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof instructions / sizeof *instructions, instructions};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Frames that are written to, down to `low`. */
static int __attribute__((noinline)) fill_down_to(uintptr_t low) {
  volatile char frame[256];
  for (size_t i = 0; i < sizeof frame; i++) frame[i] = 1;
  if ((uintptr_t)frame > low) fill_down_to(low);
  return frame[0];
}

/* The same with frames that lie elsewhere, so that what lies between those is written to as well. */
static int __attribute__((noinline)) fill_between_down_to(uintptr_t low) {
  volatile char shift[128];
  shift[0] = 1;
  return fill_down_to(low) + shift[0];
}

/* Goes a little below its stack of six pages, comes back, and parks while another is ready. */
static int leave_below(void *arg) {
  char here;
  uintptr_t top = ((uintptr_t)&here + PAGE - 1) & ~(PAGE - 1);
  fill_down_to(top - 6 * PAGE - 64);
  fill_between_down_to(top - 6 * PAGE - 64);
  return arg ? 0 : green_yield();
}

static int spawn_and_leave_below(void *arg) {
  green_spawn_options options = {.name = "deep", .stack_size = 20 << 10};
  AUTO_JOIN green_future *task = green_spawn_with(leave_below, arg, &options);
  return green_yield(); /* so both are ready when it parks */
}

static int leave_below_in_child(void *arg) {
  if (!forbid_guards()) return 77;
  green_run(spawn_and_leave_below, arg);
  return 0;
}

/* It parks; or it ends. */
static int check_left_below(void *ends) {
  static struct child child;
  CHECK_STATUS(child_run(&child, leave_below_in_child, ends), 0);
  if (WIFEXITED(child.ended) && WEXITSTATUS(child.ended) == 77)
    SKIP("system calls cannot be forbidden here");
  CHECK_CONTAINS(child.text, "deep overflowed its stack");
  CHECK(WIFSIGNALED(child.ended));
  return 0;
}
#endif

TEST_OUTSIDE(switch_sees_a_stack_without_a_guard_that_was_left) {
#ifdef WHY_NOT
  SKIP(WHY_NOT);
#else
  if (sysconf(_SC_PAGESIZE) != 4096) SKIP("pages are not of 4 KiB");
  int rc = check_left_below(NULL);
  return rc < 0 ? rc : check_left_below(&rc);
#endif
}
