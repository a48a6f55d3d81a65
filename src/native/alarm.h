/* A descriptor that becomes readable at a time: libuv's timers count in whole milliseconds. Where
 * the system has none, green__alarm_open() gives -1, and libuv's timers alone are used. */
#ifndef GREENIO_SRC_NATIVE_ALARM_H
#define GREENIO_SRC_NATIVE_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#if __has_include(<sys/timerfd.h>)
#include <sys/timerfd.h>
#include <unistd.h>

/* A descriptor, or -1. */
static inline int green__alarm_open(void) {
  return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

/* Replaces the time: ns on uv_hrtime()'s clock, not 0. */
static inline void green__alarm_set(int fd, uint64_t due) {
  struct itimerspec at = {
      .it_value = {(time_t)(due / 1000000000), (long)(due % 1000000000)},
  };
  timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/* After it was readable. False: it is not any more. */
static inline bool green__alarm_take(int fd) {
  uint64_t times;
  return read(fd, &times, sizeof times) == sizeof times;
}

static inline void green__alarm_close(int fd) {
  if (fd >= 0) close(fd);
}

#else
#define green__alarm_open()       (-1)
#define green__alarm_set(fd, due) ((void)(fd), (void)(due))
#define green__alarm_take(fd)     ((void)(fd), false)
#define green__alarm_close(fd)    ((void)(fd))
#endif

#endif
