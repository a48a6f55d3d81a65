/* PostgreSQL's protocol, version 3: commands as bytes, and bytes as messages and results.
 *
 * For hosts without libpq (pg_js.c). It knows nothing of where the bytes go and come from, of tasks
 * or of connections. Whatever a server sends is looked at with suspicion: a length that does not
 * fit gives GREEN_EPROTO, never a look behind the end.
 */
#ifndef GREENIO_SRC_PG_WIRE_H
#define GREENIO_SRC_PG_WIRE_H

#include "pg.h"

/* ---- what is sent ---------------------------------------------------------------------------- */

/* Messages one behind the other; zeroed at first. Once memory has failed, nothing is added. */
struct green__wire_out {
  char *data;
  size_t size, room;
  size_t start; /* of the message that is being written */
  bool failed;
};

void green__wire_query(struct green__wire_out *out, const char *sql);
void green__wire_parse(struct green__wire_out *out, const char *statement, const char *sql,
                       const struct green__pg_parameter *parameters, size_t count);
/* Binds the statement to the unnamed portal, asks what its rows are, and runs it: all of it, or up
 * to so many rows. */
void green__wire_run(struct green__wire_out *out, const char *statement,
                     const struct green__pg_parameter *parameters, size_t count, size_t rows);
void green__wire_execute(struct green__wire_out *out, size_t rows);
void green__wire_close_statement(struct green__wire_out *out, const char *statement);
void green__wire_copy_data(struct green__wire_out *out, const void *data, size_t size);
void green__wire_copy_fail(struct green__wire_out *out, const char *reason);
/* One without anything in it: 'S' Sync, 'H' Flush, 'c' CopyDone. */
void green__wire_bare(struct green__wire_out *out, char type);
void green__wire_out_clear(struct green__wire_out *out);

/* ---- what is received ------------------------------------------------------------------------ */

/* Gives up to `size` bytes, to `data`.  How many (not 0), GREEN_EAGAIN: none now, or a status. */
typedef int green__wire_take(void *from, void *data, size_t size);

/* The present message, and the result that is being gathered; zeroed at first. */
struct green__wire_in {
  green__wire_take *take;
  void *from;

  unsigned char header[5];
  unsigned header_size;
  char type;    /* of the message */
  size_t size;  /* of its body, */
  size_t there; /* so much of which has come; */
  char *body;   /* then a 0 byte */
  char *block;  /* where it is, if it is not */
  size_t block_room;
  char small[64]; /* here, so that what is short is never missed */
  bool whole, kept, skipped;

  char *fields; /* the last RowDescription */
  size_t fields_size, columns;
  char *rows; /* the bodies of DataRow, one behind the other */
  size_t rows_size, rows_room, row_count;
};

/* The next message; rows have been gathered already.
 *   0: type, size and body are set until the next call. GREEN_EAGAIN: not all of it has come.
 *   GREEN_ENOMEM: it was dropped, but for its type. GREEN_EPROTO. What `take` says. */
int green__wire_next(struct green__wire_in *in);

/* The message is to come again. */
void green__wire_keep(struct green__wire_in *in);

/* A RowDescription is kept for the rows to come.  0, GREEN_ENOMEM, GREEN_EPROTO. */
int green__wire_fields(struct green__wire_in *in);

/* The rows gathered so far, with a tag.  0, GREEN_ENOMEM, GREEN_EPROTO; they are gone then too. */
int green__wire_result(struct green__wire_in *in, const char *tag, green_pg_result **out);

/* Forgets the rows; and what they were. */
void green__wire_drop_rows(struct green__wire_in *in);
void green__wire_drop(struct green__wire_in *in);
void green__wire_in_clear(struct green__wire_in *in);

/* Calls field(pg, letter, value) for each field of an error or notice.  False: it has no end. */
bool green__wire_failure(const char *body, size_t size, green_pg *pg,
                         void (*field)(green_pg *pg, char letter, const char *value));

/* Of ParameterStatus: false, it makes no sense. */
bool green__wire_parameter(const struct green__wire_in *in, const char **name, const char **value);

/* The same of what begins a COPY. */
bool green__wire_is_copy(const struct green__wire_in *in);

/* Of NotificationResponse.  False: it makes no sense. */
bool green__wire_notification(const struct green__wire_in *in, const char **channel,
                              const char **payload, int *process);

#endif
