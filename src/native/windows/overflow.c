/* An exception of the system's that nobody on a task's stack has handled comes to the handler of that
 * stack's bottom (../x86_64_windows/start.S). Where a crash or an overflow is that, it says whose it was,
 * then lets the process die as it would have: by the filter that the program or the C library has set,
 * which turns some into signals, or by the system. It runs on the stack itself, of which the system opens
 * the last pages for it.
 *
 * C++'s exceptions are the system's too. One that nobody catches goes on behind the function that has
 * thrown it, which then calls std::terminate(); so at the bottom of the system's own stacks. */
#include <stdatomic.h>
#include <windows.h>
#include <signal.h>
#include "handlers.h"
#include "native.h"

#define THROWN_BY_GCC 0x20474343 /* STATUS_GCC_THROW */

static const struct {
  DWORD code;
  const char *text;
} crashes[] = {
    {EXCEPTION_ACCESS_VIOLATION, " crashed: it touched memory that it must not (SIGSEGV)\n"},
    {EXCEPTION_IN_PAGE_ERROR, " crashed: it touched memory that is not there (SIGBUS)\n"},
    {EXCEPTION_DATATYPE_MISALIGNMENT, " crashed: it touched memory at an odd address (SIGBUS)\n"},
    {EXCEPTION_INT_DIVIDE_BY_ZERO, " crashed: a division by zero, or the like (SIGFPE)\n"},
    {EXCEPTION_INT_OVERFLOW, " crashed: a division by zero, or the like (SIGFPE)\n"},
    {EXCEPTION_FLT_DIVIDE_BY_ZERO, " crashed: a division by zero, or the like (SIGFPE)\n"},
    {EXCEPTION_ILLEGAL_INSTRUCTION, " crashed: an instruction that is none (SIGILL)\n"},
    {EXCEPTION_PRIV_INSTRUCTION, " crashed: an instruction that is none (SIGILL)\n"},
};
#define CRASHES (sizeof crashes / sizeof *crashes)

static void exception_tell(const EXCEPTION_RECORD *record) {
  const struct green__stack *stack = green__native_running_stack();
  DWORD code = record->ExceptionCode;
  const void *address =
      record->NumberParameters > 1 ? (const void *)record->ExceptionInformation[1] : NULL;
  if (!stack) return;
  if (code == EXCEPTION_STACK_OVERFLOW ||
      (code == EXCEPTION_ACCESS_VIOLATION && green__stack_in_guard(stack, address))) {
    green__overflow_tell(stack);
    return;
  }
  for (size_t i = 0; i < CRASHES; i++)
    if (crashes[i].code == code) green__crash_tell(crashes[i].text);
}

EXCEPTION_DISPOSITION green__exception_left(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                            void *dispatcher);

EXCEPTION_DISPOSITION green__exception_left(EXCEPTION_RECORD *record, void *frame, CONTEXT *context,
                                            void *dispatcher) {
  (void)frame, (void)dispatcher;
  EXCEPTION_POINTERS pointers = {record, context};
  if (record->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND))
    return ExceptionContinueSearch;
  if (record->ExceptionCode == THROWN_BY_GCC) return ExceptionContinueExecution;
  exception_tell(record);
  switch (UnhandledExceptionFilter(&pointers)) {
  case EXCEPTION_CONTINUE_EXECUTION:
    return ExceptionContinueExecution;
  case EXCEPTION_EXECUTE_HANDLER: /* the bottom of a thread would end it */
    TerminateProcess(GetCurrentProcess(), record->ExceptionCode);
  }
  return ExceptionContinueSearch;
}

/* abort() is no exception, but a signal of the C library's. */
static void (*before)(int) = SIG_DFL;
static atomic_flag installed = ATOMIC_FLAG_INIT;

static void on_abort(int number) {
  if (green__native_running_stack())
    green__crash_tell(" called abort(), or an exception left it (SIGABRT)\n");
  if (before != SIG_DFL && before != SIG_IGN) before(number);
}

void green__overflow_watch(void) {
  ULONG bytes = (ULONG)GREEN__FOR_HANDLERS;
  SetThreadStackGuarantee(&bytes); /* of each stack that this thread runs on */
  if (atomic_flag_test_and_set(&installed)) return;
  before = signal(SIGABRT, on_abort);
  if (before == SIG_ERR) before = SIG_DFL;
}

void green__overflow_unwatch(void) {}
