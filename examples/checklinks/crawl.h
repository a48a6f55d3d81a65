/* The crawl: a group of tasks that ask for one address each and spawn one for every new address that
 * they find, of which so many run at once. Relies on site.h, greenio's groups and its HTTP client.
 */
#ifndef CHECKLINKS_CRAWL_H
#define CHECKLINKS_CRAWL_H

#include <stdbool.h>
#include <stdint.h>
#include <greenio/future.h>

#include "site.h"

struct crawl_options {
  int workers;
  uint64_t timeout; /* of one request, milliseconds */
  bool external;    /* ask for links to other sites too */
};

/* Checks everything that can be reached from the site's start. It ends early, with what has been
 * found until then and site->interrupted set, when `interrupt` (NULL for none) is done or the
 * calling task is cancelled. Parks. 0; GREEN_ECANCELED: ended early; another status: it could not
 * be done. */
int crawl(struct site *site, const struct crawl_options *options, green_future *interrupt);

#endif
