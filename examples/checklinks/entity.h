/* Character references in attribute values: numeric ones, and the named ones that are met in URLs
 * and ids: the 106 that HTML also takes without a semicolon, ASCII punctuation, and common
 * typography. A name that is not known stays as it is written. Relies on memory.h.
 */
#ifndef CHECKLINKS_ENTITY_H
#define CHECKLINKS_ENTITY_H

#include "memory.h"

/* Adds an attribute's value with its references replaced. A 0 byte becomes U+FFFD, as in browsers.
 */
void entity_decode(struct text *out, const char *raw, size_t length);

#endif
