/* A stack overflow hits the guard below the stack, and a crash in a task, or an abort(), is
 * somebody's too: say whose it was, then let the process die as it would have. The handler runs on
 * a stack of its own, since an overflow leaves none. */
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include "host.h"
#include "native.h"

#define HANDLER_STACK ((size_t)32 << 10)

static _Thread_local void *handler_stack;

/* What a crash is called. abort() is also how an exception that leaves a task ends, by
 * std::terminate(). */
static const struct {
  int number;
  const char *text;
} crashes[] = {
    {SIGSEGV, " crashed: it touched memory that it must not (SIGSEGV)\n"},
    {SIGBUS, " crashed: it touched memory that is not there (SIGBUS)\n"},
    {SIGFPE, " crashed: a division by zero, or the like (SIGFPE)\n"},
    {SIGILL, " crashed: an instruction that is none (SIGILL)\n"},
    {SIGABRT, " called abort(), or an exception left it (SIGABRT)\n"},
};
#define CRASHES (sizeof crashes / sizeof *crashes)
static struct sigaction before[CRASHES];
static atomic_flag installed = ATOMIC_FLAG_INIT;

void (*green__at_crash)(void);

static void on_fault(int number, siginfo_t *info, void *machine) {
  const struct green__stack *stack = green__native_running_stack();
  bool memory = number == SIGSEGV || number == SIGBUS;
  bool sent = info->si_code <= 0; /* by raise(), abort() or kill(), not by an instruction */
  size_t which = 0;
  while (crashes[which].number != number) which++;
  const struct sigaction *old = &before[which];
  if (sent && !(old->sa_flags & SA_SIGINFO) && old->sa_handler == SIG_IGN) return;
  if (stack && memory && green__stack_in_guard(stack, info->si_addr))
    green__overflow_tell(stack);
  else if (stack)
    green__crash_tell(crashes[which].text);
  if (green__at_crash) green__at_crash(); /* a sanitizer's handler does not come back */
  if (old->sa_flags & SA_SIGINFO) {
    old->sa_sigaction(number, info, machine);
  } else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
    old->sa_handler(number);
  } else {
    signal(number, SIG_DFL); /* the instruction faults again when this returns, */
    if (sent) raise(number); /* and what was sent comes again */
  }
}

void green__overflow_watch(void) {
  stack_t there;
  if (sigaltstack(NULL, &there) == 0 && (there.ss_flags & SS_DISABLE)) {
    void *memory =
        mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    stack_t mine = {.ss_sp = memory, .ss_size = HANDLER_STACK};
    sigaltstack(&mine, NULL);
    handler_stack = memory;
  }
  if (atomic_flag_test_and_set(&installed)) return;
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < CRASHES; i++) sigaction(crashes[i].number, &action, &before[i]);
}

void green__overflow_unwatch(void) {
  if (!handler_stack) return;
  stack_t none = {.ss_flags = SS_DISABLE}, now;
  if (sigaltstack(NULL, &now) == 0 && now.ss_sp == handler_stack) sigaltstack(&none, NULL);
  munmap(handler_stack, HANDLER_STACK);
  handler_stack = NULL;
}
