/* Lines that greenio writes by itself, for the core, hosts and features alike; see <greenio/log.h>. */
#ifndef GREENIO_SRC_LOG_H
#define GREENIO_SRC_LOG_H

#include <greenio/log.h>

/* One line, printf-like, without the line's end; it begins with "greenio: ", but for tables. Any
 * thread; not for signal handlers. */
GREEN_API void green__say(const char *format, ...) GREEN_PRINTF(1, 2);

#endif
