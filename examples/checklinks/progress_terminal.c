/* Progress as one line that is written over and over, on a terminal alone; see progress.h. */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "report.h"

static bool shown;

void progress_show(struct site *site) {
  if (!isatty(STDERR_FILENO)) return;
  shown = true;
  char *line = report_progress_line(site);
  fprintf(stderr, "\r%s\x1b[K", line);
  fflush(stderr);
  free(line);
}

void progress_end(struct site *site) {
  (void)site;
  if (shown) fputs("\r\x1b[K", stderr);
  shown = false;
}
