/* As ../posix/system_sigpipe.h says: there is no such signal. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_SIGPIPE_H
#define GREENIO_SRC_NATIVE_SYSTEM_SIGPIPE_H

struct green__sigpipe {
  int nothing;
};

static inline struct green__sigpipe green__sigpipe_block(void) {
  return (struct green__sigpipe){0};
}

static inline void green__sigpipe_restore(const struct green__sigpipe *guard) {
  (void)guard;
}

#endif
