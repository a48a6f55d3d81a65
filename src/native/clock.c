/* The time for who asks often: the processor's counter, told the time by the clock every so often.
 *
 * Reading the clock costs several times what reading the counter does, and an observed switch asks for
 * both ends of each run. The rate is what the two have done since the first look, so it is the better the
 * longer that is ago; what it is off by grows for a tenth of a millisecond alone. A counter that stands
 * still or jumps, as on a processor whose counters are not one, only has the clock be asked more often.
 */
#include "host.h"
#include "ticks.h" /* of the architecture */

#define SOON  100000  /* ns: until the clock is asked again */
#define LEARN 1000000 /* ns: until the rate is known */

static _Thread_local struct {
  uint64_t first_ticks, first_time;
  uint64_t ticks, time; /* when the clock was asked */
  uint64_t limit;       /* ticks behind that until it is asked again; 0: the rate is not known */
  double rate;          /* ns a tick */
  uint64_t last;        /* what was given */
} often;

static __attribute__((noinline)) uint64_t clock_ask(uint64_t ticks) {
  uint64_t now = green__host_now();
  bool first = !often.first_time || ticks <= often.first_ticks;
  if (first) {
    often.first_ticks = ticks;
    often.first_time = now;
  }
  often.ticks = ticks;
  often.time = now;
  uint64_t length = now - often.first_time;
  often.limit = 0;
  if (!first && length >= LEARN) {
    often.rate = (double)length / (double)(ticks - often.first_ticks);
    often.limit = (uint64_t)(SOON / often.rate);
  }
  return now;
}

uint64_t green__host_now_often(void) {
  uint64_t ticks = green__ticks(), passed = ticks - often.ticks;
  uint64_t now = passed < often.limit ? often.time + (uint64_t)((double)passed * often.rate)
                                      : clock_ask(ticks);
  if (now < often.last) now = often.last;
  return often.last = now;
}
