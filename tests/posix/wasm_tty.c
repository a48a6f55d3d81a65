/* /dev/tty of a process whose standard descriptors are none: tty.mjs has two instances of this module,
 * and types the answers. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <emscripten/emscripten.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>

static int held = -1;

static int open_terminal(void) {
  int rc = green_posix_enable();
  if (rc < 0) return rc;
  int fd = open("/dev/tty", O_RDWR);
  return fd < 0 ? green_fail(GREEN_EIO, "there is no /dev/tty") : fd;
}

/* Opens it, and reads nothing. */
EMSCRIPTEN_KEEPALIVE int tty_hold(void) {
  held = open_terminal();
  return held < 0 ? held : 0;
}

EMSCRIPTEN_KEEPALIVE int tty_let_go(void) {
  return close(held) < 0 ? GREEN_EIO : 0;
}

/* Asks there for a line, which is to be "typed". */
EMSCRIPTEN_KEEPALIVE int tty_ask(void) {
  static const char expected[] = "typed\n";
  char line[100] = "";
  int fd = open_terminal();
  if (fd < 0) return fd;
  if (write(fd, "name? ", 6) != 6) return green_fail(GREEN_EIO, "nothing was asked");
  ssize_t count = read(fd, line, sizeof line);
  if (close(fd) < 0) return GREEN_EIO;
  if (count == sizeof expected - 1 && memcmp(line, expected, sizeof expected - 1) == 0) return 0;
  return green_fail(GREEN_EPROTO, "read() gave %d: %.*s", (int)count, (int)sizeof line, line);
}
