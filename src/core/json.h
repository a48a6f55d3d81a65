/* Characters of JSON's strings, for reports and traces. */
#ifndef GREENIO_SRC_CORE_JSON_H
#define GREENIO_SRC_CORE_JSON_H

#include <stddef.h>

/* Bytes that one needs at most. */
#define GREEN__JSON_CHARACTER 8

/* Writes the character of UTF-8 at *text, which ends with a NUL behind it, as it stands in a string of
 * JSON's, and goes on to the next; what is none becomes U+FFFD. How many bytes it has written. */
size_t green__json_character(char *to, const char **text);

#endif
