/* What pages.h promises, as far as that can be seen without a network. */
#include <stdio.h>
#include <greenio/greenio.h>
#include "pages.h"

static int failed;

#define CHECK(what)                                                                                \
  ((what) ? (void)0 : (void)(failed++, printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #what)))

static int app(void *arg) {
  (void)arg;
  CHECK(page_size("this is no URL") == GREEN_EINVAL);
  CHECK(total_size("") == 0);
  CHECK(total_size("http:// neither") == GREEN_EINVAL);
  return 0;
}

int main(void) {
  int rc = green_run(app, NULL);
  return rc < 0 || failed > 0;
}
