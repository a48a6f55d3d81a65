#include "../pair.h"

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <greenio/status.h>

void auto_pair(struct pair *pair) {
  if (pair->user > 0) close(pair->user);
  if (pair->kept > 0) close(pair->kept);
}

void auto_stream(green_stream **stream) {
  green_stream_release(*stream);
}

int pair_open(struct pair *pair) {
  if (openpty(&pair->user, &pair->kept, pair->name, NULL, NULL) < 0)
    return green_status_from_errno(errno);
  return tcgetattr(pair->user, &pair->before.termios) < 0 ? green_status_from_errno(errno) : 0;
}

void pair_type(const struct pair *pair, const char *text) {
  if (write(pair->user, text, strlen(text)) < 0) return; /* the test finds that nothing came */
}

void pair_shown(const struct pair *pair, char *text, size_t size) {
  ssize_t got = read(pair->user, text, size - 1);
  text[got < 0 ? 0 : got] = 0;
}

void pair_hang_up(struct pair *pair) {
  close(pair->user);
  pair->user = -1;
}

void pair_resize(const struct pair *pair, unsigned short columns, unsigned short rows) {
  struct winsize size = {.ws_col = columns, .ws_row = rows};
  ioctl(pair->user, TIOCSWINSZ, &size);
}

void pair_tell_of_window(void) {
  raise(SIGWINCH);
}

void pair_set_before(const struct pair *pair) {
  tcsetattr(pair->user, TCSANOW, &pair->before.termios);
}

bool pair_is_raw(const struct pair *pair) {
  struct termios now;
  return tcgetattr(pair->user, &now) == 0 && !(now.c_lflag & (ICANON | ECHO | ISIG)) &&
         !(now.c_oflag & OPOST);
}

bool pair_is_as_before(const struct pair *pair) {
  struct termios now;
  return tcgetattr(pair->user, &now) == 0 && now.c_lflag == pair->before.termios.c_lflag &&
         now.c_iflag == pair->before.termios.c_iflag &&
         now.c_oflag == pair->before.termios.c_oflag &&
         memcmp(now.c_cc, pair->before.termios.c_cc, sizeof now.c_cc) == 0;
}
