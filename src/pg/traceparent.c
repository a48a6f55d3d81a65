/* The task's trace context behind a statement, as a comment. See green_pg_set_traceparent() in pg.h. */
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/traceparent.h>
#include "core/memory.h"
#include "pg.h"

static const char before[] = " /*traceparent='", behind[] = "'*/";

/* What runs under a name is known to the server by its text, and to the connection too. */
static bool takes_comment(const struct green__pg_command *command) {
  bool named = command->what != GREEN__PG_SIMPLE && command->what != GREEN__PG_PLAIN;
  return !named && !strstr(command->sql, "traceparent=");
}

char *green__pg_traced(const struct green__pg_command *command) {
  green_traceparent context;
  char text[GREEN_TRACEPARENT_SIZE];
  if (!takes_comment(command) || !green_traceparent_outgoing(&context)) return NULL;
  green_traceparent_write(&context, text);
  size_t size = strlen(command->sql), most = size + sizeof before + sizeof text + sizeof behind;
  char *traced = green__alloc(most);
  if (traced) snprintf(traced, most, "%s%s%s%s", command->sql, before, text, behind);
  return traced;
}

void green_pg_set_traceparent(green_pg *pg, bool wanted) {
  pg->traceparent = wanted;
}
