/* What the tests of processes share: commands, and variables that are cleaned up. */
#ifndef GREENIO_TESTS_PROCESS_TEST_H
#define GREENIO_TESTS_PROCESS_TEST_H

#include <stdio.h>
#include <string.h>
#include "harness.h"

#define AUTO_PROCESS __attribute__((unused, cleanup(auto_process)))
#define AUTO_RESULT  __attribute__((unused, cleanup(auto_result)))
void auto_process(green_process **process);
void auto_result(green_process_result **result);

/* A program with its arguments; a script of the shell's, which has them as "$1" and on. */
#define COMMAND(...)       ((const char *const[]){__VA_ARGS__, NULL})
#define SHELL(script, ...) COMMAND("sh", "-c", script, "sh" __VA_OPT__(, ) __VA_ARGS__)

#define PIPES                                                                                      \
  .input = GREEN_PROCESS_PIPE, .output = GREEN_PROCESS_PIPE, .errors = GREEN_PROCESS_PIPE
#define OPTIONS(...) (&(green_process_options){__VA_ARGS__})

/* Runs a command without input. */
int run(green_process_result **out, const char *const *arguments,
        const green_process_options *options);

/* Reads to the end, as a string. >= 0: its length, a status. */
int read_text(green_stream *stream, char *text, size_t size);

/* Reads a number on a line. */
int read_number(green_stream *stream, int *number);

/* Whether the system knows that process, be it as a zombie: 1, 0, a status. */
int is_known(int id);

/* Waits until it does not: 0, a status. */
int await_gone(int id);

#endif
