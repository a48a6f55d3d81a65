/* Rows as structs: a table of fields describes both a struct and a table of the database, and rows
 * are inserted, updated, found and listed by it.
 *
 *   struct book {
 *     int64_t id;
 *     char title[80];
 *     int64_t author;
 *     int pages;
 *     bool pages_unknown;
 *   };
 *   static const green_pg_field book_fields[] = {
 *       GREEN_PG_FIELD(struct book, id, INT64, .key = true, .generated = true),
 *       GREEN_PG_FIELD(struct book, title, CHARS),
 *       GREEN_PG_FIELD(struct book, author, INT64, .parent = &authors),
 *       GREEN_PG_FIELD(struct book, pages, INT32, GREEN_PG_NULL_IN(struct book, pages_unknown)),
 *   };
 *   static const green_pg_table books = GREEN_PG_TABLE("book", struct book, book_fields);
 *
 * It writes the six statements that everybody needs, and no others; for all else there is
 * green_pg_query(). Names are quoted, so they are what the table of fields says, letter by letter.
 *
 * What a row that was read points to (text, JSON, bytes) is its own: green_pg_row_clear() frees it,
 * green_pg_rows_release() that of all. What a row points to that the program fills in is the
 * program's.
 *
 * The functions return as those of <greenio/pg.h> do, and leave messages. They park.
 *   GREEN_EINVAL  the table of fields is wrong: a member's size is not its kind's, or no key
 *   GREEN_ERANGE  a value of the database does not fit its member; the message says which
 *   GREEN_ETYPE   nor is it of its kind
 */
#ifndef GREENIO_PG_ROW_H
#define GREENIO_PG_ROW_H

#include <greenio/pg.h>

GREEN_BEGIN

/* Bytes: data may be NULL for NULL. */
typedef struct green_pg_blob {
  void *data;  /* the bytes */
  size_t size; /* how many */
} green_pg_blob;

/* What a member is, and in brackets its column. */
enum green_pg_field_kind {
  GREEN_PG_FIELD_INT32 = 1, /* int32_t [integer] */
  GREEN_PG_FIELD_INT64,     /* int64_t [bigint] */
  GREEN_PG_FIELD_DOUBLE,    /* double [double precision] */
  GREEN_PG_FIELD_BOOL,      /* bool [boolean] */
  GREEN_PG_FIELD_TEXT,      /* char * [text]; NULL for NULL */
  GREEN_PG_FIELD_CHARS,     /* char[N], ended by a 0 byte [text] */
  GREEN_PG_FIELD_BYTES,     /* green_pg_blob [bytea] */
  GREEN_PG_FIELD_TIME,      /* int64_t, microseconds since 1970 [timestamptz] */
  GREEN_PG_FIELD_JSON,      /* char * [jsonb]; NULL for NULL */
  GREEN_PG_FIELD_ENUM,      /* an enumeration or int, by its names [text] */
};

/* One member and its column. */
typedef struct green_pg_field {
  const char *name;              /* of the column */
  enum green_pg_field_kind kind; /* what the member is */
  size_t offset;                 /* of the member in the struct */
  size_t size;                   /* of the member */
  bool key;                      /* the primary key: one field of a table */
  bool generated;                /* the database makes its value where it is 0: INT32, INT64 */
  bool unique;                   /* no two rows have the same */
  bool nullable;                 /* may be NULL */
  size_t null_at;                /* offset of a bool that says so; not for TEXT, JSON and BYTES */
  const char *const *names;      /* ENUM: of 0, 1 and so on, ended by NULL */
  const struct green_pg_table *parent; /* a row of that table, by its key */
} green_pg_field;

/* A struct and its table. */
typedef struct green_pg_table {
  const char *name;             /* of the table */
  size_t size;                  /* of the struct */
  const green_pg_field *fields; /* its members that have columns */
  size_t count;                 /* of fields */
} green_pg_table;

/* A field called as its member; `kind` is the end of a green_pg_field_kind. More of
 * green_pg_field's members may follow. */
#define GREEN_PG_FIELD(type, member, kind_, ...)                                                   \
  {                                                                                                \
    .name = #member, .kind = GREEN_PG_FIELD_##kind_, .offset = offsetof(type, member),             \
    .size = sizeof(((type *)0)->member), __VA_ARGS__                                               \
  }

/* The bool member that says whether the field is NULL. */
#define GREEN_PG_NULL_IN(type, member) .nullable = true, .null_at = offsetof(type, member)

/* A table, of an array of fields. */
#define GREEN_PG_TABLE(name, type, fields)                                                         \
  { name, sizeof(type), fields, sizeof(fields) / sizeof *(fields) }

/* Makes the table if there is none of that name; the tables of its parents must be there. */
GREEN_API int green_pg_row_create_table(green_pg *pg, const green_pg_table *table);

/* Inserts the row. A generated field that is 0 gets its value from the database. */
GREEN_API int green_pg_row_insert(green_pg *pg, const green_pg_table *table, void *row);

/* Writes all fields of the row with that key.
 *   GREEN_ENOENT: there is none. */
GREEN_API int green_pg_row_update(green_pg *pg, const green_pg_table *table, const void *row);

/* Deletes the row with that key.
 *   GREEN_ENOENT: there is none. */
GREEN_API int green_pg_row_delete(green_pg *pg, const green_pg_table *table, const void *row);

/* Reads the row with that key into *row, whatever was there; to be cleared.
 *   GREEN_ENOENT: there is none, and *row is all 0, as after any failure. */
GREEN_API int green_pg_row_find(green_pg *pg, const green_pg_table *table, void *row,
                                green_pg_value key);

/* Reads all rows for which a condition with parameters holds: what is to stand behind `where`, as
 * it is, with an `order by` and a `limit` if they are wanted; NULL: all rows.
 *   0: *rows (a pointer to the struct) is an array of *count of them, to be released; NULL if there
 *   are none, and after a failure. */
GREEN_API int green_pg_row_list(green_pg *pg, const green_pg_table *table, void *rows,
                                const char *condition, const green_pg_value *values,
                                size_t value_count, size_t *count);

/* Reads into *parent the row of another table that a field of this row, the one called `field`,
 * names.
 *   GREEN_ENOENT: the field is NULL. GREEN_EINVAL: no such field, or it has no parent. */
GREEN_API int green_pg_row_parent(green_pg *pg, const green_pg_table *table, const void *row,
                                  void *parent, const char *field);

/* Reads the rows of `table` whose field of that name is `parent`, in the order of their keys; as
 * green_pg_row_list(). */
GREEN_API int green_pg_row_children(green_pg *pg, const green_pg_table *table, void *rows,
                                    const char *field, const void *parent, size_t *count);

/* Frees what a row that was read points to, and makes it all 0. Any stack; never parks. */
GREEN_API void green_pg_row_clear(const green_pg_table *table, void *row);

/* Clears and frees an array of rows. NULL is allowed. Any stack; never parks. */
GREEN_API void green_pg_rows_release(const green_pg_table *table, void *rows, size_t count);

GREEN_END
#endif
