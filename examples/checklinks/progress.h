/* Where progress is shown. The build picks the file: progress_terminal.c natively, progress_hooks.c
 * in WebAssembly, where the JavaScript around the module shows it.
 */
#ifndef CHECKLINKS_PROGRESS_H
#define CHECKLINKS_PROGRESS_H

#include "site.h"

/* Shows how far the crawl is; called some times a second. Never waits. */
void progress_show(struct site *site);

/* Shows the last state, or takes the display away. Once, before the report. */
void progress_end(struct site *site);

#endif
