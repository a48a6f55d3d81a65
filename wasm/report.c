/* module.green.report(). */
#include <greenio/runtime.h>
#include "interface.h"

static void visit(const green_report_entry *entry, void *arg) {
  (void)arg;
  green__js_report_entry(entry->id, entry->name, entry->state, entry->waits_for,
                         (double)entry->since_ns / 1e6, entry->stack_used, entry->stack_size,
                         entry->calls);
}

void green__js_report(void) {
  green_report_each(visit, NULL);
}
