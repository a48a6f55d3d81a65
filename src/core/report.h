/* The report's tree, for what writes it: report.c and report_json.c. */
#ifndef GREENIO_SRC_CORE_REPORT_H
#define GREENIO_SRC_CORE_REPORT_H

#include <greenio/runtime.h>

/* begin() comes for each task, before those that stand under it, and end() behind them; `more`:
 * another one of the same depth and parent follows. */
struct green__report_visitor {
  void (*begin)(const green_report_entry *entry, unsigned depth, void *arg);
  void (*end)(unsigned depth, bool more, void *arg);
  void *arg;
};

/* The number of tasks; GREEN_ENOMEM: nothing was visited. */
int green__report_tree(const struct green__report_visitor *visitor);

#endif
