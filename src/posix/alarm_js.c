/* In WebAssembly, SIGALRM: setitimer(), getitimer() and alarm() by real time, of the core's timers. */
#include <errno.h>
#include <sys/time.h>
#include <unistd.h>
#include "core/wait.h"
#include "fd/fd.h"
#include "posix.h"

#define SECOND      1000000000
#define MICROSECOND 1000

static struct green_runtime *runtime; /* that has the timer; NULL: nothing is set */
static uint64_t interval;             /* ns; 0: once */

static void alarm_fired(struct green__timer *timer);
static struct green__timer timer = {.fire = alarm_fired};

static void alarm_closed(struct green__closer *closer) {
  (void)closer;
  runtime = NULL;
  timer.set = false;
}
static struct green__closer closer = {.close = alarm_closed};

static void alarm_off(void) {
  if (!runtime) return;
  if (timer.set) green__timer_clear(runtime, &timer);
  green__at_close_remove(runtime, &closer);
  runtime = NULL;
}

static void alarm_fired(struct green__timer *fired) {
  if (interval)
    green__timer_set(runtime, fired, green_now() + interval);
  else
    alarm_off();
  green__posix_arrived(SIGALRM);
}

static int alarm_on(uint64_t first) {
  if (!(runtime = green__runtime())) return -ENOMEM;
  green__at_close(runtime, &closer);
  green__timer_set(runtime, &timer, green_now() + first);
  return 0;
}

static uint64_t nanoseconds_of(const struct timeval *time) {
  struct timespec exact = {time->tv_sec, time->tv_usec * MICROSECOND};
  return green__time_nanoseconds(&exact);
}

static struct timeval timeval_of(uint64_t nanoseconds) {
  return (struct timeval){(time_t)(nanoseconds / SECOND),
                          (suseconds_t)(nanoseconds % SECOND / MICROSECOND)};
}

static bool is_timeval(const struct timeval *time) {
  return time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < 1000000;
}

INTERPOSE(int, getitimer, (int which, struct itimerval *out)) {
  if (which != ITIMER_REAL) return (int)green__libc_result(-EINVAL);
  uint64_t now = green_now(), left = 0;
  if (runtime) left = timer.due > now ? timer.due - now : MICROSECOND;
  *out = (struct itimerval){timeval_of(runtime ? interval : 0), timeval_of(left)};
  return 0;
}

INTERPOSE(int, setitimer, (int which, const struct itimerval *value, struct itimerval *old)) {
  if (which != ITIMER_REAL || !is_timeval(&value->it_value) || !is_timeval(&value->it_interval))
    return (int)green__libc_result(-EINVAL);
  struct itimerval before;
  getitimer(which, &before);
  alarm_off();
  uint64_t first = nanoseconds_of(&value->it_value);
  interval = nanoseconds_of(&value->it_interval);
  int rc = first ? alarm_on(first) : 0;
  if (rc == 0 && old) *old = before;
  return (int)green__libc_result(rc);
}

INTERPOSE(unsigned, alarm, (unsigned seconds)) {
  struct itimerval value = {.it_value = {.tv_sec = seconds}}, old;
  if (setitimer(ITIMER_REAL, &value, &old) < 0) return 0;
  return (unsigned)(old.it_value.tv_sec + (old.it_value.tv_usec > 0));
}
