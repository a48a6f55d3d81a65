/* Uses the core and the HTTP client, and says with which headers it was compiled. */
#include <greenio/greenio.h>
#include <stdio.h>
#include "waiting.h"

static int body(void *arg) {
  int *waited = arg;
  *waited = wait_a_little();
  return ask_nowhere();
}

static int app(void *arg) {
  (void)arg;
  int waited = -1;
  int asked = green_join(green_spawn(body, &waited));
  printf("greenio %d.%d.%d: waited %d, asked %s\n", GREEN_VERSION_MAJOR, GREEN_VERSION_MINOR,
         GREEN_VERSION_PATCH, waited, green_status_name(asked));
  return 0;
}

int main(void) {
  return green_run(app, NULL) < 0;
}
