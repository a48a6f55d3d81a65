/* By JSPI a turn goes on in microtasks while main, which runs the virtual loop, is parked: until a macrotask, before which
 * all of them have run. */
#include <emscripten.h>

#include "host.h"
#include "virtual_host.h"

void __real_green__host_run(struct green__host *host);

/* clang-format off */
EM_JS(void, virtual_resume_later, (void), {
  setImmediate(function() { greenCore.env.loop.main.resume(); });
});
/* clang-format on */

void virtual_turn_end(void *runtime) {
  while (green__beat_in_turn(green__beat(runtime))) {
    virtual_resume_later();
    __real_green__host_run(NULL);
  }
}
