/* What process_js.c hands to JavaScript (process.mjs): struct green__launch with fields of one size. */
#ifndef GREENIO_SRC_PROCESS_PROCESS_JS_H
#define GREENIO_SRC_PROCESS_PROCESS_JS_H

#include <stdint.h>
#include "process.h"

struct green__endpoint;

struct green__js_start {
  const char *file, *folder;
  const char *arguments, *environment; /* one behind the other, each with its 0 */
  uint32_t argument_count, environment_count, has_environment, group, survives;
  uint32_t input, output, errors;
  struct green__endpoint *input_pipe, *output_pipe, *errors_pipe; /* NULL: none */
};

#endif
