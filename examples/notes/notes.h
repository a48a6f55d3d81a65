/* Notes: what the parts of the program share. main.c puts them together; the database is in
 * store.c, what people see in pages.c, what programs see in api.c, and changes.c tells both of them
 * what happens. */
#ifndef NOTES_H
#define NOTES_H

#include <greenio/app.h>
#include <greenio/channel.h>
#include <greenio/pg.h>
#include <greenio/pg_pool.h>

/* Who wants to know of changes. */
struct notes_listener {
  struct notes_listener *next, **link;
  green_channel *changed; /* of nothing: that there was something is all that is told */
};

struct notes {
  const char *database; /* as green_pg_connect() takes it */
  green_pg_pool *pool;
  struct notes_listener *listeners;
};

/* ---- store.c: each waits, and gives a status ------------------------------------------------- */

/* GREEN_EINVAL: what was given is not JSON, or not text. GREEN_ERANGE: a title or body that is
 * none, too short or too long. GREEN_ENOENT: there is no such note. GREEN_EBUSY: it is not of that
 * version any more. GREEN_ENAMETOOLONG: more than STORE_WORDS bytes. Otherwise as green_pg_query().
 * Results are the caller's. A version is for a change of what was seen and nothing newer; 0: of
 * whatever there is. */
#define STORE_MOST  50 /* notes in a list; one row more: there are more */
#define STORE_WORDS 200

/* Makes the tables. */
int store_prepare(struct notes *notes);

/* Rows of id, title, excerpt (what was found between STORE_MARK and STORE_UNMARK), changed. The
 * words as people write them to search engines; "": all notes. */
int store_find(struct notes *notes, const char *words, green_pg_result **out);
#define STORE_MARK   '\2'
#define STORE_UNMARK '\3'

/* A row of id, title, body, changed, version. */
int store_get(struct notes *notes, int64_t id, green_pg_result **out);
int store_add(struct notes *notes, const char *title, const char *body, int64_t *id);
int store_change(struct notes *notes, int64_t id, int64_t version, const char *title,
                 const char *body);
int store_remove(struct notes *notes, int64_t id);

/* The same as JSON, which the database reads and writes: a row with the version and the note, and
 * of one that was added its id; of those that were found, STORE_MOST of them, a row with all. */
int store_find_json(struct notes *notes, const char *words, green_pg_result **out);
int store_get_json(struct notes *notes, int64_t id, green_pg_result **out);
int store_add_json(struct notes *notes, const char *json, green_pg_result **out);
int store_change_json(struct notes *notes, int64_t id, int64_t version, const char *json,
                      green_pg_result **out);

/* ---- changes.c ------------------------------------------------------------------------------- */

/* The task that hears of changes, by whatever process or page they were made; until it is
 * cancelled. */
int changes_listen(void *notes);

/* The task that ends the clients' streams when the program is told to end, which would otherwise
 * wait for them to leave; until it is cancelled. */
int changes_end(void *notes);

/* A route: server-sent events, "changed" after each change. */
int changes_events(green_request *request, green_response *response, void *notes);

/* ---- routes ---------------------------------------------------------------------------------- */

int pages_add(green_app *app, struct notes *notes);
int api_add(green_app *app, struct notes *notes);

/* ---- guard.c --------------------------------------------------------------------------------- */

/* Has the application answer for those hosts alone (NULL ends them), with what each answer tells
 * browsers, and refuse changes that another site's page asks for. */
int guard_add(green_app *app, const char *const *hosts);
/* Whether another site's page asks. */
bool guard_is_foreign(const green_request *request);

/* The number of the note that the path names; 0: it is none. */
int64_t note_of(const green_request *request);

/* ---- assets.c, made of the files in page/ ---------------------------------------------------- */

extern const unsigned char asset_style[], asset_script[];
extern const unsigned long asset_style_size, asset_script_size;

#endif
