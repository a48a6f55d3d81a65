/* Calls the functions of Module.checklinks that are there. */
#include "hooks.h"

#include <emscripten/emscripten.h>

EM_JS(void, call_hook, (const char *name, const char *first, const char *second), {
  var hooks = Module["checklinks"];
  var hook = hooks && hooks[UTF8ToString(name)];
  if (hook) hook(UTF8ToString(first), second ? UTF8ToString(second) : undefined);
});

void hook_progress(const char *line, const char *json) {
  call_hook("progress", line, json);
}
void hook_broken(const char *json) {
  call_hook("broken", json, 0);
}
void hook_report(const char *json) {
  call_hook("report", json, 0);
}
