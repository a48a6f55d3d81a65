/* Signals while a task waits in read(), poll(), epoll_wait() and sleep(): signals.mjs sends SIGINT when "now" is
 * printed, and SIGTERM when "end" is. The handler runs on the task's own stack, so that it may wait, and leave by siglongjmp().
 * The last line is "ok". */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>

#define MUST(condition)                                                                            \
  do {                                                                                             \
    if (!(condition)) return green_fail(GREEN_EPROTO, "line %d: %s", __LINE__, #condition);        \
  } while (0)

static int fds[2];
static volatile int caught;
static green_future *handler_task;
static sigjmp_buf out;

static void now(void) {
  puts("now");
  fflush(stdout);
}

static void end(void) {
  puts("end");
  fflush(stdout);
}

static void on_signal(int number) {
  handler_task = green_current();
  caught = number;
  usleep(2000); /* it waits */
}

static void leave(int number) {
  (void)number;
  usleep(1000);
  siglongjmp(out, 1);
}

static void set(void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(SIGINT, &action, NULL);
  caught = 0;
}

static int write_later(void *arg) {
  (void)arg;
  while (!caught && green_sleep(1) == 0) continue;
  return write(fds[1], "x", 1) == 1 ? 0 : GREEN_EIO;
}

static int read_one(void *arg) {
  (void)arg;
  char byte;
  return read(fds[0], &byte, 1) == -1 && errno == EINTR ? 0 : GREEN_EPROTO;
}

static void wakes(int number) {
  caught = number;
  if (write(fds[1], "w", 1) != 1) caught = 0;
}

/* What a handler does just before a call parks is seen by it. */
static int by_its_own_handler(void) {
  char byte;
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  struct sigaction action = {.sa_handler = wakes, .sa_flags = SA_RESTART};
  sigaction(SIGUSR2, &action, NULL);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  raise(SIGUSR2);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  GREEN_TIMEOUT(20000) {
    MUST(read(fds[0], &byte, 1) == 1 && byte == 'w');
  }
  signal(SIGUSR2, SIG_DFL);
  return 0;
}

/* Two have arrived, of which the first's handler leaves: the second is not forgotten. */
static int by_the_one_behind(void) {
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  signal(SIGUSR1, leave);
  signal(SIGUSR2, wakes);
  caught = 0;
  pthread_sigmask(SIG_BLOCK, &set, &before);
  raise(SIGUSR1);
  raise(SIGUSR2);
  if (sigsetjmp(out, 1) == 0) {
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    usleep(1000);
    MUST(!"usleep() returned");
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  usleep(1000);
  char byte;
  MUST(caught == SIGUSR2 && read(fds[0], &byte, 1) == 1);
  signal(SIGUSR1, SIG_DFL);
  signal(SIGUSR2, SIG_DFL);
  return 0;
}

/* A signal that is ignored ends no sleep. */
static int sleeps_on(void) {
  struct timespec time = {.tv_nsec = 300000000}, rest = {.tv_sec = 7};
  uint64_t before = green_now();
  signal(SIGINT, SIG_IGN);
  now();
  MUST(nanosleep(&time, &rest) == 0 && green_now() - before >= 299000000);
  return 0;
}

static int end_later(void *arg) {
  (void)arg;
  end();
  return 0;
}

static sigset_t only(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  return set;
}

static int raise_later(void *arg) {
  (void)arg;
  return raise(SIGUSR2);
}

/* By the program itself; what would stop a process stops nothing. */
static int waits_for_its_own(void) {
  sigset_t set = only(SIGUSR2), before;
  int number = 0;
  MUST(sigprocmask(SIG_BLOCK, &set, &before) == 0);
  green_future *other = green_spawn(raise_later, NULL);
  GREEN_TIMEOUT(20000) {
    MUST(sigwait(&set, &number) == 0 && number == SIGUSR2);
  }
  MUST(green_join(other) == 0 && sigprocmask(SIG_SETMASK, &before, NULL) == 0);
  MUST(raise(SIGTSTP) == 0 && raise(SIGTTOU) == 0);
  return 0;
}

/* They have no handler, and end nothing, whoever has blocked them. */
static int waits_for_them(void) {
  sigset_t set = only(SIGTERM), before;
  int number = 0;
  MUST(sigprocmask(SIG_BLOCK, &set, &before) == 0);
  for (int i = 0; i < 2; i++) {
    end();
    MUST(sigwait(&set, &number) == 0 && number == SIGTERM);
  }
  signal(SIGTERM, on_signal);
  signal(SIGTERM, SIG_DFL); /* it is blocked still */
  end();
  MUST(sigwait(&set, &number) == 0 && number == SIGTERM);
  MUST(sigprocmask(SIG_SETMASK, &before, NULL) == 0);

  MUST(pthread_sigmask(SIG_BLOCK, &set, &before) == 0);
  MUST(sigprocmask(SIG_BLOCK, NULL, &set) == 0 && sigismember(&set, SIGTERM) == 1);
  green_future *waiter = green_spawn(end_later, NULL);
  MUST(sigwait(&set, &number) == 0 && number == SIGTERM && green_join(waiter) == 0);
  MUST(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
  MUST(sigprocmask(-1, &set, NULL) == -1 && errno == EINVAL);
  return 0;
}

/* A handler runs in sigprocmask() that lets its signal through. */
static int lets_through(void) {
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  signal(SIGUSR1, on_signal);
  caught = 0;
  MUST(sigprocmask(SIG_BLOCK, &set, &before) == 0 && raise(SIGUSR1) == 0 && !caught);
  MUST(sigprocmask(SIG_SETMASK, &before, NULL) == 0 && caught == SIGUSR1);
  caught = 0;
  MUST(sigprocmask(SIG_BLOCK, &set, &before) == 0 && raise(SIGUSR1) == 0 && !caught);
  MUST(sigsuspend(&before) == -1 && errno == EINTR && caught == SIGUSR1);
  MUST(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
  signal(SIGUSR1, SIG_DFL);
  return 0;
}

/* What the signal does by default it does when it is let through, though it came while it was
 * blocked. */
static int ends_by_it(void *arg) {
  bool by_wait = strcmp(arg, "wait") == 0;
  sigset_t set = only(SIGINT), before;
  int number = 0;
  MUST(sigprocmask(SIG_BLOCK, &set, &before) == 0);
  now();
  MUST(sigwait(&set, &number) == 0 && raise(number) == 0); /* it has come, and is taken back */
  if (by_wait)
    pthread_sigmask(SIG_SETMASK, &before, NULL);
  else
    sigprocmask(SIG_SETMASK, &before, NULL);
  if (by_wait) usleep(1000);
  puts("it went on");
  return 0;
}

static int app(void *arg) {
  (void)arg;
  char byte;
  struct pollfd one = {.events = POLLIN};
  MUST(pipe(fds) == 0);
  one.fd = fds[0];

  green_future *early = green_spawn(read_one, NULL); /* before there is a handler */
  MUST(green_sleep(1) == 0);
  set(on_signal, 0);
  now();
  MUST(green_join(early) == 0 && caught == SIGINT);

  set(on_signal, 0);
  now();
  MUST(read(fds[0], &byte, 1) == -1 && errno == EINTR);
  MUST(caught == SIGINT && handler_task == green_current());

  set(on_signal, SA_RESTART);
  now();
  MUST(poll(&one, 1, -1) == -1 && errno == EINTR && caught == SIGINT);

  struct epoll_event event = {.events = EPOLLIN};
  int epoll = epoll_create1(0);
  MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event) == 0);
  set(on_signal, SA_RESTART);
  now();
  MUST(epoll_wait(epoll, &event, 1, -1) == -1 && errno == EINTR && caught == SIGINT);
  close(epoll);

  set(on_signal, SA_RESTART);
  green_future *writer = green_spawn(write_later, NULL);
  now();
  MUST(read(fds[0], &byte, 1) == 1 && caught == SIGINT);
  MUST(green_join(writer) == 0);

  set(on_signal, 0);
  now();
  MUST(sleep(100) > 0 && errno == EINTR && caught == SIGINT);

  set(leave, SA_RESTART);
  if (sigsetjmp(out, 1) == 0) {
    now();
    read(fds[0], &byte, 1);
    MUST(!"read() returned");
  }

  set(on_signal, SA_RESETHAND); /* no task waits: at the next wait */
  now();
  while (!caught && green_sleep(1) == 0) usleep(1);
  MUST(caught == SIGINT);

  set(on_signal, 0);
  MUST(raise(SIGINT) == 0 && caught == SIGINT);
  MUST(signal(SIGINT, SIG_DFL) == on_signal);

  MUST(by_its_own_handler() == 0);
  MUST(by_the_one_behind() == 0);
  MUST(sleeps_on() == 0);
  MUST(waits_for_its_own() == 0);
  MUST(waits_for_them() == 0);
  MUST(lets_through() == 0);
  puts("ok");
  return 0;
}

int main(int count, char **arguments) {
  if (green_posix_enable() < 0) return 1;
  return (count > 1 ? green_run(ends_by_it, arguments[1]) : green_run(app, NULL)) < 0;
}
