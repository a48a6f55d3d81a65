/* What pg_js.c and pg_js_answer.c call in pg.mjs, which knows a connection by its record's address. */
#ifndef GREENIO_SRC_PG_PG_JS_H
#define GREENIO_SRC_PG_PG_JS_H

#include <stdbool.h>
#include <greenio/future.h>
#include "pg.h"

/* How a session ends for one of the users of a PGlite. */
enum green__pg_farewell { GREEN__PG_ROLL_BACK = 1, GREEN__PG_DISCARD = 2 };

/* Imports; what each does stands in pg.mjs. */
int green__js_pg_where(void);
void green__js_pg_open(green_pg *pg, int place, const char *name);
int green__js_pg_opened(green_pg *pg);
void green__js_pg_why(green_pg *pg, char *fields, int size);
int green__js_pg_take(green_pg *pg, void *data, int size);
void green__js_pg_send(green_pg *pg, const void *data, int size, bool more);
bool green__js_pg_is_full(green_pg *pg);
bool green__js_pg_withdraw(green_pg *pg);
void green__js_pg_cancel(green_pg *pg, bool later);
bool green__js_pg_recall(green_pg *pg);
void green__js_pg_distrust(green_pg *pg);
void green__js_pg_close(green_pg *pg, int farewell, const void *more, int size,
                        green_future *closed);

#endif
