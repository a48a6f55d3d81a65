/* Spans of statements, for green_pg and green_pq. */
#ifndef GREENIO_SRC_TRACE_SQL_H
#define GREENIO_SRC_TRACE_SQL_H

#include <greenio/observe.h>
#include "shared.h"

GREEN__SHARED_BEGIN

/* green_span_begin() of "SQL", with the statement as far as it is not secret: strings and numbers that are
 * written in it are ?, comments are left out, and what is long is cut. NULL: no text. */
void green__sql_span_begin(green_span *span, const char *sql);

GREEN__SHARED_END

#endif
