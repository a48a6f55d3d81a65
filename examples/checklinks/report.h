/* What is found, as text: for people and as JSON. Nothing here depends on the order in which
 * answers came, so that two runs give the same but for "seconds" and "most_tasks".
 *
 * All give a string that the caller frees. Relies on site.h.
 */
#ifndef CHECKLINKS_REPORT_H
#define CHECKLINKS_REPORT_H

#include "site.h"

/* The whole report; both sort the site. */
char *report_text(struct site *site);
char *report_json(struct site *site);

/* One broken link of the JSON report; its summary; both without a line end. */
char *report_link_json(struct link *link);
char *report_summary_json(const struct site *site);

/* "12 pages, 340 links, 2 broken, 45 requests" */
char *report_progress_line(const struct site *site);

#endif
