#include "process_test.h"

#include <stdlib.h>

void auto_process(green_process **process) {
  green_process_release(*process);
}

void auto_result(green_process_result **result) {
  green_process_result_release(*result);
}

int run(green_process_result **out, const char *const *arguments,
        const green_process_options *options) {
  return green_process_run(out, arguments, options, NULL, 0);
}

int read_text(green_stream *stream, char *text, size_t size) {
  size_t used = 0;
  while (used + 1 < size) {
    int rc = green_stream_read(stream, text + used, size - 1 - used);
    if (rc < 0) return rc;
    if (rc == 0) break;
    used += (size_t)rc;
  }
  text[used] = 0;
  return (int)used;
}

int read_number(green_stream *stream, int *number) {
  char line[32];
  int rc = green_stream_read_line(stream, line, sizeof line);
  *number = rc < 0 ? 0 : atoi(line);
  return rc < 0 ? rc : 0;
}

int is_known(int id) {
  char text[32];
  green_process_result *result;
  snprintf(text, sizeof text, "%d", id);
  int rc = run(&result, SHELL("kill -0 \"$1\"", text), NULL);
  if (rc < 0) return rc;
  rc = result->exit.code == 0;
  green_process_result_release(result);
  return rc;
}

int await_gone(int id) {
  for (;;) {
    int rc = is_known(id);
    if (rc <= 0) return rc;
    rc = green_sleep(5);
    if (rc < 0) return rc;
  }
}
