/* What is known of a site; see site.h. */
#include "site.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

bool site_open(struct site *site, const char *url) {
  *site = (struct site){0};
  if (url_resolve(NULL, url, &site->start) != URL_WEB) return false;
  site_link(site, NULL, url, NULL, 0);
  return true;
}

static void resource_free(struct resource *resource) {
  url_free(&resource->url);
  free(resource->failure);
  document_free(&resource->document);
  free(resource);
}

static void link_free(struct link *link) {
  free(link->name);
  free(link->place);
  free(link->holders);
  free(link);
}

void site_close(struct site *site) {
  for (size_t i = 0; i < site->resource_count; i++) resource_free(site->resources[i]);
  for (size_t i = 0; i < site->link_count; i++) link_free(site->links[i]);
  free(site->resources);
  free(site->links);
  table_free(&site->resource_table);
  table_free(&site->link_table);
  url_free(&site->start);
}

struct resource *site_resource(struct site *site, const struct url *url) {
  struct resource *resource = table_find(&site->resource_table, url->text);
  if (resource) return resource;
  resource = memory_new(sizeof *resource);
  resource->url = *url;
  resource->url.text = memory_copy(url->text, strlen(url->text));
  resource->url.fragment = NULL;
  resource->external = !url_same_site(url, &site->start);
  site->resources = memory_grow(site->resources, site->resource_count, sizeof *site->resources);
  site->resources[site->resource_count++] = resource;
  table_add(&site->resource_table, resource->url.text, resource);
  return resource;
}

static struct link *add_link(struct site *site, char *name) {
  struct link *link = memory_new(sizeof *link);
  link->name = name;
  site->links = memory_grow(site->links, site->link_count, sizeof *site->links);
  site->links[site->link_count++] = link;
  table_add(&site->link_table, name, link);
  return link;
}

/* The link of that name, which is freed when there is one already. */
static struct link *find_link(struct site *site, char *name, const struct url *url) {
  struct link *link = table_find(&site->link_table, name);
  if (link) {
    free(name);
    return link;
  }
  link = add_link(site, name);
  if (!url) return link;
  link->place = url_fragment_target(url);
  link->resource = site_resource(site, url);
  if (link->resource->external) site->external++;
  return link;
}

/* An empty fragment leads to the same place as none. */
static char *name_of(const struct url *url) {
  struct text name = {0};
  text_add_string(&name, url->text);
  if (url->fragment && *url->fragment) text_add_format(&name, "#%s", url->fragment);
  return text_take(&name);
}

struct link *site_link(struct site *site, const struct url *base, const char *reference,
                       const struct resource *page, int line) {
  struct url url;
  struct link *link;
  switch (url_resolve(base, reference, &url)) {
  case URL_WEB:
    link = find_link(site, name_of(&url), &url);
    url_free(&url);
    break;
  case URL_BAD:
    link = find_link(site, url_escape(reference), NULL);
    break;
  default:
    return NULL;
  }
  if (!page) return link;
  link->holders = memory_grow(link->holders, link->holder_count, sizeof *link->holders);
  link->holders[link->holder_count++] = (struct holder){page, line};
  return link;
}

const char *link_failure(const struct link *link) {
  const struct resource *resource = link->resource;
  if (!resource) return "not a URL that can be fetched";
  if (!resource->checked || resource->failure) return resource->failure;
  if (resource->moved_to) resource = resource->moved_to;
  if (!link->place || !resource->is_document) return NULL;
  if (document_has_place(&resource->document, link->place)) return NULL;
  /* An id may hold what looks like an escape. */
  const char *fragment = strchr(link->name, '#') + 1;
  return document_has_place(&resource->document, fragment) ? NULL : "the page has no such id";
}

static int by_name(const void *a, const void *b) {
  const struct link *const *left = a, *const *right = b;
  return strcmp((*left)->name, (*right)->name);
}

static int by_page_and_line(const void *a, const void *b) {
  const struct holder *left = a, *right = b;
  int order = strcmp(left->page->url.text, right->page->url.text);
  return order ? order : (left->line > right->line) - (left->line < right->line);
}

void link_sort_holders(struct link *link) {
  if (link->holder_count)
    qsort(link->holders, link->holder_count, sizeof *link->holders, by_page_and_line);
}

void site_sort_links(struct site *site) {
  qsort(site->links, site->link_count, sizeof *site->links, by_name);
}

size_t site_count_links(const struct site *site) {
  size_t held = 0;
  for (size_t i = 0; i < site->link_count; i++) held += site->links[i]->holder_count > 0;
  return held;
}

size_t site_count_broken(const struct site *site) {
  size_t broken = 0;
  for (size_t i = 0; i < site->link_count; i++) broken += link_failure(site->links[i]) != NULL;
  return broken;
}
