/* The tables, and asking. */
#include "weather.h"

#include <stdio.h>
#include <greenio/greenio.h>

static const char tables[] =
    "create table if not exists opened (at timestamptz not null default now());"
    "create table if not exists station ("
    "  id int primary key, name text not null, height int not null, latitude float8 not null);"
    "create table if not exists reading ("
    "  station int not null references station, day date not null, low float8 not null,"
    "  high float8 not null, rain float8 not null, primary key (station, day));";

/* Five years of weather that was never there, the same each time. */
static const char data[] =
    "insert into station values (1, 'Tromsø', 10, 69.6), (2, 'Reykjavík', 52, 64.1),"
    "  (3, 'Edinburgh', 41, 55.9), (4, 'Vilnius', 156, 54.6), (5, 'Brno', 237, 49.2),"
    "  (6, 'Zugspitze', 2962, 47.4), (7, 'Davos', 1594, 46.8), (8, 'Ljubljana', 299, 46.1),"
    "  (9, 'Marseille', 36, 43.3), (10, 'Braga', 190, 41.5), (11, 'Catania', 7, 37.5),"
    "  (12, 'Sevilla', 34, 37.4);"
    "insert into reading "
    "select id, day, mean - swing, mean + swing,"
    "  greatest(0, 9 * sin(0.61 * n + id) + 7 * sin(0.127 * n * id) - 6 + latitude / 40) "
    "from station, lateral ("
    "  select day::date, n,"
    "    30 - latitude * 0.38 - height * 0.0062 - (4 + latitude / 8) * cos(n * 2 * pi() / 365.25)"
    "      + 4 * sin(0.37 * n + id * 1.7) + 2 * sin(0.083 * n * (1 + id / 9.0)) as mean,"
    "    4 + 2 * sin(0.21 * n + id) as swing "
    "  from generate_series('2020-01-01'::timestamp, '2024-12-31', '1 day')"
    "    with ordinality as days (day, n)) as weather;";

static int fill(green_pg *pg, void *unused) {
  (void)unused;
  green_pg_result *result;
  int rc = green_pg_run(pg, tables);
  if (rc == 0) rc = green_pg_query(pg, &result, "select from station limit 1", GREEN_PG_NONE);
  if (rc < 0) return rc;
  bool filled = green_pg_row_count(result) > 0;
  green_pg_result_release(result);
  if (!filled) rc = green_pg_run(pg, data);
  return rc < 0 ? rc : green_pg_run(pg, "insert into opened default values");
}

int weather_prepare(green_pg *pg) {
  return green_pg_transaction(pg, NULL, fill, NULL);
}

int weather_ask(const char *conninfo, size_t index, struct answer *out) {
  green_pg *pg;
  green_pg_result *result;
  uint64_t began = green_now();
  int rc = green_pg_connect(&pg, conninfo);
  if (rc < 0) return rc;
  rc = green_pg_query(pg, &result, queries[index].sql, GREEN_PG_NONE);
  if (rc == 0) {
    const char *text = green_pg_text_at(result, 0, 0, NULL);
    snprintf(out->text, sizeof out->text, "%s", text ? text : "nothing");
    out->milliseconds = (double)(green_now() - began) / 1e6;
    green_pg_result_release(result);
  }
  green_pg_release(pg);
  return rc;
}
