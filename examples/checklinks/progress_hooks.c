/* Progress for the JavaScript around the module, see progress.h: functions of Module.checklinks,
 * each of which may be missing: progress(line, json)  how far it is: a line for a person, and the
 * summary so far broken(json)          a broken link, new or with more pages that hold it; one of
 * the report's
 */
#include "progress.h"

#include <stdlib.h>

#include "hooks.h"
#include "report.h"

static void show_broken(struct site *site) {
  for (size_t i = 0; i < site->link_count; i++) {
    struct link *link = site->links[i];
    size_t holders = link->holder_count + 1; /* so that one without any is told of too */
    if (link->reported == holders || !link_failure(link)) continue;
    link->reported = holders;
    char *json = report_link_json(link);
    hook_broken(json);
    free(json);
  }
}

void progress_show(struct site *site) {
  char *line = report_progress_line(site), *json = report_summary_json(site);
  hook_progress(line, json);
  free(line);
  free(json);
  show_broken(site);
}

void progress_end(struct site *site) {
  progress_show(site);
}
