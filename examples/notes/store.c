/* The notes in the database. Each function takes a connection of the pool for one statement. */
#include <greenio/greenio.h>
#include "notes.h"

#define MOST_FOUND "200"

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
    rc = green_pg_pool_error(notes->pool);
  }
  return rc;
}

/* Of one note, which has to be there. */
static int query_one(struct notes *notes, green_pg_result **out, const char *sql,
                     const green_pg_value *values, size_t count) {
  int rc = query(notes, out, sql, values, count);
  if (rc < 0 || green_pg_rows(*out) == 1) return rc;
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
    rc = green_pg_pool_error(notes->pool);
  }
  return rc;
}

/* ---- for pages ------------------------------------------------------------------------------- */

int store_find(struct notes *notes, const char *words, green_pg_result **out) {
  if (!*words)
    return query(notes, out,
                 "select id, title, left(body, 200), to_char(changed, 'YYYY-MM-DD HH24:MI')"
                 " from note order by changed desc, id desc limit " MOST_FOUND,
                 GREEN_PG_NONE);
  return query(notes, out,
               "select id, title, ts_headline('english', body, asked,"
               "   'StartSel='||chr(2)||', StopSel='||chr(3)||', MaxFragments=2, MaxWords=20'),"
               "  to_char(changed, 'YYYY-MM-DD HH24:MI')"
               " from note, websearch_to_tsquery('english', $1) asked where words @@ asked"
               " order by ts_rank(words, asked) desc, changed desc, id desc limit " MOST_FOUND,
               GREEN_PG_VALUES(green_pg_text(words)));
}

int store_get(struct notes *notes, int64_t id, green_pg_result **out) {
  return query_one(notes, out,
                   "select id, title, body, to_char(changed, 'YYYY-MM-DD HH24:MI')"
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

int store_change(struct notes *notes, int64_t id, const char *title, const char *body) {
  green_pg_result *result;
  int rc =
      query_one(notes, &result,
                "update note set title = $2, body = $3, changed = now() where id = $1 returning id",
                GREEN_PG_VALUES(green_pg_int64(id), green_pg_text(title), green_pg_text(body)));
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
  "jsonb_build_object('id', id, 'title', title, 'body', body, 'created', created, 'changed', "     \
  "changed)"

int store_find_json(struct notes *notes, const char *words, green_pg_result **out) {
  return query(notes, out,
               "select coalesce(jsonb_agg(found), '[]')::text from (select " AS_JSON " as found"
               " from note, websearch_to_tsquery('english', $1) asked"
               " where $1 = '' or words @@ asked"
               " order by ts_rank(words, asked) desc, changed desc, id desc limit " MOST_FOUND
               ") all_found",
               GREEN_PG_VALUES(green_pg_text(words)));
}

int store_get_json(struct notes *notes, int64_t id, green_pg_result **out) {
  return query_one(notes, out, "select " AS_JSON "::text from note where id = $1",
                   GREEN_PG_VALUES(green_pg_int64(id)));
}

int store_add_json(struct notes *notes, const char *json, green_pg_result **out) {
  return query_one(notes, out,
                   "insert into note (title, body)"
                   " select given->>'title', coalesce(given->>'body', '') from (select $1::jsonb)"
                   " as input (given) returning id, " AS_JSON "::text",
                   GREEN_PG_VALUES(green_pg_json(json)));
}

int store_change_json(struct notes *notes, int64_t id, const char *json, green_pg_result **out) {
  return query_one(notes, out,
                   "update note set title = coalesce(given->>'title', title),"
                   " body = coalesce(given->>'body', body), changed = now()"
                   " from (select $2::jsonb) as input (given) where id = $1"
                   " returning " AS_JSON "::text",
                   GREEN_PG_VALUES(green_pg_int64(id), green_pg_json(json)));
}
