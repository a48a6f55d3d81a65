/* The report; see report.h. */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/task.h>

#include "memory.h"

/* ---- counts ---------------------------------------------------------------------------------- */

static double seconds(const struct site *site) {
  uint64_t until = site->ended ? site->ended : green_now();
  return (double)(until - site->began) / 1e9;
}

static void add_count(struct text *out, size_t count, const char *what) {
  text_add_format(out, "%zu %s%s", count, what, count == 1 ? "" : "s");
}

char *report_progress_line(const struct site *site) {
  struct text out = {0};
  add_count(&out, site->pages, "page");
  text_add_string(&out, ", ");
  add_count(&out, site_count_links(site), "link");
  text_add_format(&out, ", %zu broken, ", site_count_broken(site));
  add_count(&out, site->requests, "request");
  return text_take(&out);
}

/* ---- for people ------------------------------------------------------------------------------ */

#define LINK_COLUMN 44
#define WHY_COLUMN  36
#define MOST_PAGES  4 /* of those that hold a link, in the table */

/* An address below the start is shown without what they have in common. */
static char *shown(const struct site *site, const char *address) {
  struct text out = {0};
  size_t folder = site->start.path;
  while (site->start.text[folder - 1] != '/') folder--;
  bool below = strncmp(address, site->start.text, folder) == 0;
  if (below) address += folder;
  if (below && (!*address || *address == '?' || *address == '#')) text_add_string(&out, "./");
  text_add_string(&out, address);
  return text_take(&out);
}

/* Adds a cell and fills its column; one that is too long gets a line of its own. */
static void add_cell(struct text *out, const char *cell, int column, int indent) {
  text_add_format(out, "%-*s", column, cell);
  if ((int)strlen(cell) < column) return;
  text_add_format(out, "\n%*s", indent + column, "");
}

/* Adds "page:3,7" for the holders from `i` that are one page's; returns where the next page's
 * begin. */
static size_t add_page(struct text *out, const struct site *site, const struct link *link,
                       size_t i) {
  const struct resource *page = link->holders[i].page;
  char *address = shown(site, page->url.text);
  text_add_string(out, address);
  free(address);
  int line = 0;
  const char *separator = ":";
  for (; i < link->holder_count && link->holders[i].page == page; i++) {
    if (link->holders[i].line == line) continue;
    line = link->holders[i].line;
    text_add_format(out, "%s%d", separator, line);
    separator = ",";
  }
  return i;
}

static void add_pages(struct text *out, const struct site *site, const struct link *link) {
  size_t i = 0, pages = 0;
  const struct resource *last = NULL;
  for (; i < link->holder_count && pages < MOST_PAGES; pages++) {
    if (pages) text_add_format(out, "%*s", LINK_COLUMN + WHY_COLUMN, "");
    i = add_page(out, site, link, i);
    text_add_byte(out, '\n');
  }
  for (pages = 0; i < link->holder_count; i++) {
    pages += link->holders[i].page != last;
    last = link->holders[i].page;
  }
  if (!pages) return;
  text_add_format(out, "%*sand ", LINK_COLUMN + WHY_COLUMN, "");
  add_count(out, pages, "page");
  text_add_string(out, " more\n");
}

static void add_row(struct text *out, const struct site *site, struct link *link) {
  link_sort_holders(link);
  char *name = shown(site, link->name);
  add_cell(out, name, LINK_COLUMN, 0);
  free(name);
  add_cell(out, link_failure(link), WHY_COLUMN, LINK_COLUMN);
  if (link->holder_count)
    add_pages(out, site, link);
  else
    text_add_string(out, "(the address given)\n");
}

static void add_summary(struct text *out, const struct site *site) {
  size_t broken = site_count_broken(site);
  add_count(out, site->pages, "page");
  text_add_string(out, ", ");
  add_count(out, site_count_links(site), "link");
  text_add_format(out, " (%zu external), %zu broken; ", site->external, broken);
  add_count(out, site->requests, "request");
  text_add_format(out, " in %.2f seconds, at most %d tasks at once\n", seconds(site),
                  site->most_tasks);
  if (site->interrupted) text_add_string(out, "interrupted: this is what was found until then\n");
}

char *report_text(struct site *site) {
  struct text out = {0};
  site_sort_links(site);
  if (site_count_broken(site)) {
    text_add_format(&out, "%-*s%-*s%s\n", LINK_COLUMN, "BROKEN LINK", WHY_COLUMN, "WHY", "HELD BY");
    for (size_t i = 0; i < site->link_count; i++)
      if (link_failure(site->links[i])) add_row(&out, site, site->links[i]);
    text_add_byte(&out, '\n');
  }
  add_summary(&out, site);
  return text_take(&out);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Addresses and reasons are printable ASCII. */
static void add_json_string(struct text *out, const char *string) {
  text_add_byte(out, '"');
  for (; *string; string++) {
    if (*string == '"' || *string == '\\') text_add_byte(out, '\\');
    text_add_byte(out, *string);
  }
  text_add_byte(out, '"');
}

static void add_json_holders(struct text *out, const struct link *link) {
  const struct resource *page = NULL;
  int line = 0;
  for (size_t i = 0; i < link->holder_count; i++) {
    const struct holder *holder = &link->holders[i];
    if (holder->page == page && holder->line == line) continue;
    if (holder->page != page) {
      text_add_string(out, page ? "]}, {\"page\": " : "{\"page\": ");
      add_json_string(out, holder->page->url.text);
      text_add_string(out, ", \"lines\": [");
    } else {
      text_add_string(out, ", ");
    }
    page = holder->page;
    line = holder->line;
    text_add_format(out, "%d", line);
  }
  if (page) text_add_string(out, "]}");
}

char *report_link_json(struct link *link) {
  struct text out = {0};
  link_sort_holders(link);
  text_add_string(&out, "{\"link\": ");
  add_json_string(&out, link->name);
  text_add_string(&out, ", \"why\": ");
  add_json_string(&out, link_failure(link));
  text_add_string(&out, ", \"held_by\": [");
  add_json_holders(&out, link);
  text_add_string(&out, "]}");
  return text_take(&out);
}

char *report_summary_json(const struct site *site) {
  struct text out = {0};
  text_add_format(&out, "{\"pages\": %zu, \"links\": %zu, \"external\": %zu, \"broken\": %zu, ",
                  site->pages, site_count_links(site), site->external, site_count_broken(site));
  text_add_format(&out, "\"requests\": %zu, \"interrupted\": %s, ", site->requests,
                  site->interrupted ? "true" : "false");
  text_add_format(&out, "\"seconds\": %.3f, \"most_tasks\": %d}", seconds(site), site->most_tasks);
  return text_take(&out);
}

char *report_json(struct site *site) {
  struct text out = {0};
  site_sort_links(site);
  text_add_string(&out, "{\"start\": ");
  add_json_string(&out, site->start.text);
  text_add_string(&out, ",\n \"broken\": [");
  const char *separator = "\n  ";
  for (size_t i = 0; i < site->link_count; i++) {
    if (!link_failure(site->links[i])) continue;
    char *link = report_link_json(site->links[i]);
    text_add_string(&out, separator);
    text_add_string(&out, link);
    free(link);
    separator = ",\n  ";
  }
  char *summary = report_summary_json(site);
  text_add_format(&out, "],\n \"summary\": %s}\n", summary);
  free(summary);
  return text_take(&out);
}
