/* A function that runs in a child process: this program once more, which is told where the function lies and
 * gets its argument, NULL or a string, from the environment. */
#include "../native/child.h"

#include <stdio.h>
#include <stdlib.h>
#include "harness.h"

#define FUNCTION "GREENIO_CHILD"
#define ARGUMENT "GREENIO_CHILD_ARGUMENT"

/* The start of the program, wherever it was loaded. */
static char *image(void) {
  return (char *)GetModuleHandleA(NULL);
}

int main(int argc, char **argv) {
  const char *function = getenv(FUNCTION);
  if (!function) return test_main(argc, argv);
  SetErrorMode(SEM_NOGPFAULTERRORBOX);
  int (*child)(void *) = (int (*)(void *))(void *)(image() + strtoull(function, NULL, 16));
  return child(getenv(ARGUMENT));
}

static HANDLE begin(HANDLE *reading) {
  SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
  STARTUPINFOA how = {.cb = sizeof how, .dwFlags = STARTF_USESTDHANDLES};
  PROCESS_INFORMATION process;
  char program[MAX_PATH];
  if (!CreatePipe(reading, &how.hStdError, &inherited, 0)) return NULL;
  SetHandleInformation(*reading, HANDLE_FLAG_INHERIT, 0);
  how.hStdOutput = how.hStdError;
  GetModuleFileNameA(NULL, program, sizeof program);
  bool begun = CreateProcessA(program, NULL, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &how, &process);
  CloseHandle(how.hStdError);
  if (begun) CloseHandle(process.hThread);
  return begun ? process.hProcess : NULL;
}

int child_run(struct child *child, int (*run)(void *), void *arg) {
  char function[32];
  HANDLE reading = NULL;
  DWORD got, ended;
  size_t length = 0;
  snprintf(function, sizeof function, "%llx", (unsigned long long)((char *)(void *)run - image()));
  SetEnvironmentVariableA(FUNCTION, function);
  SetEnvironmentVariableA(ARGUMENT, arg);
  HANDLE process = begin(&reading);
  SetEnvironmentVariableA(FUNCTION, NULL);
  if (!process) return GREEN_EAGAIN;
  while (length + 1 < sizeof child->text &&
         ReadFile(reading, child->text + length, (DWORD)(sizeof child->text - length - 1), &got, NULL) && got)
    length += got;
  child->text[length] = 0;
  CloseHandle(reading);
  WaitForSingleObject(process, INFINITE);
  GetExitCodeProcess(process, &ended);
  CloseHandle(process);
  child->ended = (int)ended;
  return 0;
}
