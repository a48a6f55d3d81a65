/* The words that belong to an HTTP status. HTTP/2 does not send them, and fetch() and libcurl
 * differ in what they give. */
#ifndef CHECKLINKS_PHRASE_H
#define CHECKLINKS_PHRASE_H

#include <stddef.h>

/* Writes "404 Not Found", or the number alone when it is not known, and returns `out`. */
const char *phrase_for_status(int status, char *out, size_t size);

#endif
