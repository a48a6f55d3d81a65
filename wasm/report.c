/* module.green.report(). */
#include <emscripten.h>
#include <greenio/runtime.h>

void green__js_report_entry(unsigned long id, const char *name, const char *state,
                            const char *waits_for, double since_ms, size_t stack_used,
                            size_t stack_size);

static void visit(const green_report_entry *entry, void *arg) {
  (void)arg;
  green__js_report_entry(entry->id, entry->name, entry->state, entry->waits_for,
                         (double)entry->since_ns / 1e6, entry->stack_used, entry->stack_size);
}

EMSCRIPTEN_KEEPALIVE void green__js_report(void) {
  green_report_each(visit, NULL);
}
