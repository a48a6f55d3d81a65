/* emscripten_sleep() of code that was written for Emscripten's own Asyncify. Nothing of greenio calls it.
 * It cannot say that it was cut short, so that it is not: a cancel and a deadline are for the next wait
 * that can. */
#include <emscripten.h>
#include <stdlib.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "log.h"

void emscripten_sleep(unsigned milliseconds) {
  int rc = 0;
  GREEN_SHIELD {
    rc = green_sleep(milliseconds);
  }
  if (rc == 0) return;
  green__say("emscripten_sleep(%u) cannot wait, and who calls it does not look: %s", milliseconds,
             green_strerror(rc));
  abort();
}
