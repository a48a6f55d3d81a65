/* longjmp() over frames that have waited: a library of throws.cpp's program. */
#include <greenio/greenio.h>
#include <setjmp.h>

struct jump {
  jmp_buf back;
};

static int wait_and_jump(struct jump *jump, int value) {
  int rc = green_sleep(1);
  if (rc < 0) return rc;
  if (value > 0) longjmp(jump->back, value);
  return 0;
}

/* value: it has come back by longjmp(), or has returned 0, and waited once more. */
int jumps(int value) {
  struct jump jump;
  volatile int came = setjmp(jump.back);
  if (came == 0) came = wait_and_jump(&jump, value);
  int rc = green_yield();
  return rc < 0 ? rc : came;
}
