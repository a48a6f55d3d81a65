/* Progress as one line that is written over and over, on a terminal alone; see progress.h. */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

/* Characters, which the next line covers: a console of Windows takes no escape sequences. */
static int shown;

void progress_show(struct site *site) {
  if (!isatty(STDERR_FILENO)) return;
  char *line = report_progress_line(site);
  int length = (int)strlen(line);
  fprintf(stderr, "\r%-*s", shown, line);
  fflush(stderr);
  shown = length;
  free(line);
}

void progress_end(struct site *site) {
  (void)site;
  if (shown) fprintf(stderr, "\r%*s\r", shown, "");
  shown = 0;
}
