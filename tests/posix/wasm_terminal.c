/* A dialogue at a terminal, which terminal.mjs holds with it: a prompt without a line's end, echo off at /dev/tty, keys one by
 * one, signals of keys and of the window, the end of the input, alarms, and more output than the terminal takes at
 * once. The last line is "ok". */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>

#define MUST(condition)                                                                            \
  do {                                                                                             \
    if (!(condition)) return green_fail(GREEN_EPROTO, "line %d: %s", __LINE__, #condition);        \
  } while (0)
#define FLOOD (1 << 18)

static volatile int caught;

static void on_signal(int number) {
  caught = number;
}

static void say(const char *text) {
  fputs(text, stdout);
  fflush(stdout);
}

static int show_size(void) {
  struct winsize size;
  MUST(ioctl(1, TIOCGWINSZ, &size) == 0);
  printf("%d columns, %d rows\n", size.ws_col, size.ws_row);
  return 0;
}

static int lines(void) {
  char line[100];
  say("name? "); /* no line's end */
  MUST(fgets(line, sizeof line, stdin));
  printf("[%s]\n", strtok(line, "\n"));
  return 0;
}

static int secrets(void) {
  char line[100];
  FILE *in = fopen("/dev/tty", "r"), *out = fopen("/dev/tty", "w");
  struct termios before, silent;
  MUST(in && out && tcgetattr(fileno(in), &before) == 0);
  MUST((before.c_lflag & (ECHO | ICANON | ISIG)) == (ECHO | ICANON | ISIG));
  silent = before;
  silent.c_lflag &= ~(tcflag_t)ECHO;
  MUST(tcsetattr(fileno(in), TCSAFLUSH, &silent) == 0);
  fputs("secret? ", out);
  fflush(out);
  MUST(fgets(line, sizeof line, in));
  MUST(tcsetattr(fileno(in), TCSAFLUSH, &before) == 0);
  fprintf(out, "(%s)\n", strtok(line, "\n"));
  MUST(fclose(in) == 0 && fclose(out) == 0);
  return 0;
}

static int keys(void) {
  struct termios before, raw;
  char byte;
  MUST(tcgetattr(0, &before) == 0);
  raw = before;
  raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
  MUST(tcsetattr(0, TCSANOW, &raw) == 0);
  say("keys? ");
  for (int i = 0; i < 2; i++) {
    MUST(read(0, &byte, 1) == 1);
    printf("%02x ", byte);
  }
  puts("were typed");
  MUST(tcsetattr(0, TCSANOW, &before) == 0);
  return 0;
}

static int interrupts(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGWINCH, &action, NULL);
  say("interrupt me\n");
  MUST(sleep(1000) > 0 && errno == EINTR && caught == SIGINT);
  say("and my window\n");
  MUST(pause() == -1 && errno == EINTR && caught == SIGWINCH);
  return show_size();
}

static int ends(void) {
  char line[100];
  say("end? ");
  MUST(read(0, line, sizeof line) == 0);
  say("more? "); /* it was no end for ever */
  ssize_t count = read(0, line, sizeof line);
  MUST(count > 0);
  printf("<%.*s>\n", (int)count - 1, line);
  return 0;
}

/* Blocked, and waited for by themselves. */
static int alarms(void) {
  sigset_t set;
  int number;
  struct itimerval often = {{0, 5000}, {0, 5000}}, off = {0}, before;
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, NULL);
  MUST(setitimer(ITIMER_REAL, &often, NULL) == 0);
  for (int i = 0; i < 3; i++) MUST(sigwait(&set, &number) == 0 && number == SIGALRM);
  MUST(setitimer(ITIMER_REAL, &off, &before) == 0 && before.it_interval.tv_usec == 5000);
  sigset_t alarm_alone;
  sigemptyset(&alarm_alone);
  sigaddset(&alarm_alone, SIGALRM);
  struct timespec now = {0}, soon = {.tv_nsec = 2000000};
  while (sigtimedwait(&alarm_alone, NULL, &now) == SIGALRM) continue; /* one that came meanwhile */
  MUST(sigtimedwait(&alarm_alone, NULL, &soon) == -1 && errno == EAGAIN);
  caught = 0;
  say("interrupt my wait\n");
  MUST(sigwait(&set, &number) == 0 && number == SIGINT && !caught);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  signal(SIGALRM, on_signal);
  MUST(alarm(1) == 0 && alarm(100) > 0 && alarm(0) > 0);
  ualarm(2000, 0);
  MUST(pause() == -1 && caught == SIGALRM);
  return 0;
}

static int count_turns(void *arg) {
  for (;;) {
    int rc = green_sleep(1);
    if (rc < 0) return rc;
    ++*(int *)arg;
  }
}

static int floods(void) {
  static char buffer[16384];
  int turns = 0;
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  green_future *other = green_spawn(count_turns, &turns);
  for (int i = 0; i < FLOOD / 64; i++) printf("%63d\n", i);
  green_cancel(other);
  green_join(other);
  MUST(fflush(stdout) == 0);
  fprintf(stderr, "%s\n", turns > 0 ? "others ran" : "others did not run");
  return 0;
}

static int app(void *arg) {
  (void)arg;
  int (*const parts[])(void) = {show_size, lines, secrets, keys, interrupts, ends, alarms, floods};
  MUST(isatty(0) && isatty(1) && isatty(2));
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    int rc = parts[i]();
    if (rc < 0) {
      printf("%s\n", green_message());
      return rc;
    }
  }
  say("ok"); /* no line's end either, and then the program's */
  return 0;
}

int main(void) {
  return green_posix_enable() < 0 || green_run(app, NULL) < 0;
}
