/* The notes in the database. Each function takes a connection of the pool for one statement. */
#include <string.h>
#include <greenio/greenio.h>
#include "notes.h"

/* One more than is shown, so that there is more can be said. */
#define LIMIT "51"

/* One transaction; programs that start at once prepare one after the other. */
static const char tables[] =
    "select pg_advisory_xact_lock(7105);"
    "create table if not exists note ("
    "  id bigint generated always as identity primary key,"
    "  title text not null check (length(trim(title)) between 1 and 200),"
    "  body text not null check (length(body) <= 100000),"
    "  created timestamptz not null default now(),"
    "  changed timestamptz not null default now(),"
    "  words tsvector not null generated always as"
    "    (setweight(to_tsvector('english', title), 'A') || to_tsvector('english', body)) stored);"
    "create index if not exists note_words on note using gin (words);"
    "create or replace function note_changed() returns trigger language plpgsql as"
    "  $$begin notify note; return null; end$$;"
    "drop trigger if exists note_changed on note;"
    "create trigger note_changed after insert or update or delete on note"
    "  for each statement execute function note_changed()";

/* What the server's refusal means for who asked. */
static int meaning(const green_pg *pg, int rc) {
  if (rc != GREEN_ESQL) return rc;
  if (green_pg_failed_with(pg, "23")) return GREEN_ERANGE;
  if (green_pg_failed_with(pg, "22")) return GREEN_EINVAL;
  if (green_pg_failed_with(pg, "54"))
    return GREEN_EINVAL; /* too deep, or too much, for the server */
  return rc;
}

static int query(struct notes *notes, green_pg_result **out, const char *sql,
                 const green_pg_value *values, size_t count) {
  int rc = 0;
  *out = NULL;
  GREEN_PG_WITH(notes->pool, pg) {
    rc = meaning(pg, green_pg_query_prepared(pg, out, sql, values, count));
  }
  else {
    rc = green_pg_error(pg)->status;
  }
  return rc;
}

/* Of one note, which has to be there. */
static int query_one(struct notes *notes, green_pg_result **out, const char *sql,
                     const green_pg_value *values, size_t count) {
  int rc = query(notes, out, sql, values, count);
  if (rc < 0 || green_pg_row_count(*out) == 1) return rc;
  green_pg_result_release(*out);
  *out = NULL;
  return GREEN_ENOENT;
}

int store_prepare(struct notes *notes) {
  int rc = 0;
  GREEN_PG_WITH(notes->pool, pg) {
    rc = green_pg_run(pg, tables);
  }
  else {
    rc = green_pg_error(pg)->status;
  }
  return rc;
}

/* What a search costs grows with its words. In PGlite it is the program's own thread that it costs:
 * so excerpts are made of what is shown alone, from the beginning of the text. */
static bool is_short(const char *words) {
  return strlen(words) <= STORE_WORDS;
}

/* When it was changed, in microseconds: two people who change one note are told apart by it. */
#define VERSION "(extract(epoch from changed) * 1000000)::bigint"

/* A change of one version of a note: that there is no such note, or no such version any more, is
 * told apart. */
static int change_one(struct notes *notes, int64_t id, green_pg_result **out, const char *sql,
                      const green_pg_value *values, size_t count) {
  green_pg_result *found;
  int rc = query_one(notes, out, sql, values, count);
  if (rc != GREEN_ENOENT) return rc;
  rc = query_one(notes, &found, "select from note where id = $1",
                 GREEN_PG_VALUES(green_pg_int64(id)));
  green_pg_result_release(found);
  return rc < 0 ? rc : GREEN_EBUSY;
}

/* ---- for pages ------------------------------------------------------------------------------- */

int store_find(struct notes *notes, const char *words, green_pg_result **out) {
  if (!*words)
    return query(notes, out,
                 "select id, title, left(body, 200), to_char(changed, 'YYYY-MM-DD HH24:MI')"
                 " from note order by changed desc, id desc limit " LIMIT,
                 GREEN_PG_NONE);
  if (!is_short(words)) return GREEN_ENAMETOOLONG;
  return query(notes, out,
               "select id, title, ts_headline('english', left(body, 4000), asked,"
               "   'StartSel='||chr(2)||', StopSel='||chr(3)||', MaxFragments=2, MaxWords=20'),"
               "  to_char(changed, 'YYYY-MM-DD HH24:MI')"
               " from (select id, title, body, changed, asked, ts_rank(words, asked) as rank"
               "   from note, websearch_to_tsquery('english', $1) asked where words @@ asked"
               "   order by rank desc, changed desc, id desc limit " LIMIT ") found"
               " order by rank desc, changed desc, id desc",
               GREEN_PG_VALUES(green_pg_text(words)));
}

int store_get(struct notes *notes, int64_t id, green_pg_result **out) {
  return query_one(notes, out,
                   "select id, title, body, to_char(changed, 'YYYY-MM-DD HH24:MI'), " VERSION
                   " from note where id = $1",
                   GREEN_PG_VALUES(green_pg_int64(id)));
}

int store_add(struct notes *notes, const char *title, const char *body, int64_t *id) {
  green_pg_result *result;
  int rc = query_one(notes, &result, "insert into note (title, body) values ($1, $2) returning id",
                     GREEN_PG_VALUES(green_pg_text(title), green_pg_text(body)));
  if (rc == 0) rc = green_pg_get_int64(result, 0, 0, id);
  green_pg_result_release(result);
  return rc;
}

int store_change(struct notes *notes, int64_t id, int64_t version, const char *title,
                 const char *body) {
  green_pg_result *result;
  int rc = change_one(notes, id, &result,
                      "update note set title = $3, body = $4, changed = clock_timestamp()"
                      " where id = $1 and $2 in (0, " VERSION ") returning id",
                      GREEN_PG_VALUES(green_pg_int64(id), green_pg_int64(version),
                                      green_pg_text(title), green_pg_text(body)));
  green_pg_result_release(result);
  return rc;
}

int store_remove(struct notes *notes, int64_t id) {
  green_pg_result *result;
  int rc = query_one(notes, &result, "delete from note where id = $1 returning id",
                     GREEN_PG_VALUES(green_pg_int64(id)));
  green_pg_result_release(result);
  return rc;
}

/* ---- for programs ---------------------------------------------------------------------------- */

#define AS_JSON                                                                                    \
  "json_build_object('id', id, 'title', title, 'body', body, 'created', created, 'changed', "      \
  "changed)"

/* A string of an object, and nothing else: a number's text may be 130,000 times as long as the
 * number, and an array of them more than there is memory. */
#define STRING(name) "case json_typeof(given->'" name "') when 'string' then given->>'" name "' end"

int store_find_json(struct notes *notes, const char *words, green_pg_result **out) {
  if (!is_short(words)) {
    *out = NULL;
    return GREEN_ENAMETOOLONG;
  }
  return query(notes, out,
               "select coalesce(json_agg(" AS_JSON " order by rank desc, changed desc, id desc),"
               " '[]')::text from (select note.*, ts_rank(words, asked) as rank"
               "   from note, websearch_to_tsquery('english', $1) asked"
               "   where $1 = '' or words @@ asked"
               "   order by rank desc, changed desc, id desc limit " LIMIT " - 1) found",
               GREEN_PG_VALUES(green_pg_text(words)));
}

int store_get_json(struct notes *notes, int64_t id, green_pg_result **out) {
  return query_one(notes, out, "select " VERSION ", " AS_JSON "::text from note where id = $1",
                   GREEN_PG_VALUES(green_pg_int64(id)));
}

int store_add_json(struct notes *notes, const char *json, green_pg_result **out) {
  return query_one(notes, out,
                   "insert into note (title, body) select " STRING(
                       "title") ", case when"
                                " given->'body' is null then '' else " STRING(
                                    "body") " end"
                                            " from (select $1::text::json) as input (given)"
                                            " returning " VERSION ", " AS_JSON "::text, id",
                   GREEN_PG_VALUES(green_pg_text(json)));
}

int store_change_json(struct notes *notes, int64_t id, int64_t version, const char *json,
                      green_pg_result **out) {
  return change_one(
      notes, id, out,
      "update note set"
      " title = case when given->'title' is null then title else " STRING(
          "title") " end,"
                   " body = case when given->'body' is null then body else " STRING(
                       "body") " end,"
                               " changed = clock_timestamp()"
                               " from (select $3::text::json) as input (given)"
                               " where id = $1 and $2 in (0, " VERSION ")"
                               " returning " VERSION ", " AS_JSON "::text",
      GREEN_PG_VALUES(green_pg_int64(id), green_pg_int64(version), green_pg_text(json)));
}
