/* The application that cases.mjs asks, on every host: a host's program makes it, and serves it. */
#ifndef GREENIO_TESTS_APP_APPLICATION_H
#define GREENIO_TESTS_APP_APPLICATION_H

#include <greenio/app.h>

/* `folder` holds the files that application_files() makes. Bodies are limited to 100,000 bytes, the
 * pool to 20 workers.  0, GREEN_ENOMEM. */
int application_new(green_app **out, const char *folder);

/* Has what is below /coded/ answered by a second one, whose answers are compressed and have tags. It is
 * the caller's, to be released after the first one.  0, GREEN_ENOMEM, GREEN_ENOTSUP. */
int application_add_coded(green_app *app, green_app **out, const char *folder);

/* Makes the folder with its files, if it is not there. In a task. */
int application_files(const char *folder);

#endif
