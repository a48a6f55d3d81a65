/* What the page asks of C. Each call is a task of its own, and any number may wait at once. */
#ifndef PAGES_H
#define PAGES_H

/* How many bytes the page at a URL has. Parks.
 *   0 or more: so many. GREEN_ENOENT: the server has none. Or what the request failed with. */
int page_size(const char *url);

/* The sum of several, whose URLs stand in one string with blanks between them; they are asked for
 * together, at most four at once. Parks.
 *   0 or more: so many. GREEN_EMSGSIZE: more than an int holds. Or what the first that failed did so
 *   with. */
int total_size(const char *urls);

#endif
