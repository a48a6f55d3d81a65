/* emscripten_sleep() of code that was written for Emscripten's own Asyncify. Nothing of greenio calls it. */
#include <emscripten.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "log.h"

void emscripten_sleep(unsigned milliseconds) {
  int rc = green_sleep(milliseconds);
  if (rc == GREEN_EMAIN || rc == GREEN_ENESTED)
    green__say("emscripten_sleep(%u) did not wait: %s", milliseconds, green_strerror(rc));
}
