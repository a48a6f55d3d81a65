/* What is known of a site: the addresses met, the links to them, the pages that hold those links,
 * and which are broken. Nothing here waits or talks to the network; crawl.c fills it.
 *
 * A resource is what one address without its fragment gives. A link is an address with its
 * fragment; however many pages hold it, it is one link. Relies on url.h, document.h and table.h.
 */
#ifndef CHECKLINKS_SITE_H
#define CHECKLINKS_SITE_H

#include <stdbool.h>
#include <stdint.h>
#include <greenio/future.h>

#include "document.h"
#include "table.h"
#include "url.h"

struct resource {
  struct url url;   /* its fragment is NULL */
  bool external;    /* on another site */
  bool checked;     /* the server has answered, or will not */
  char *failure;    /* why it is broken, or NULL; once checked */
  bool is_document; /* HTML that was read, so that `document` has its places */
  struct document document;
  struct resource *moved_to; /* on the same site, by a redirect; or NULL */
  bool reached;              /* a task checks it, or has */
};

struct holder {
  const struct resource *page;
  int line;
};

struct link {
  char *name; /* the address with its fragment; one that is no URL: as written, escaped */
  struct resource *resource; /* NULL: no URL */
  char *place;               /* the id to look for in it, or NULL */
  struct holder *holders;    /* in the order of discovery */
  size_t holder_count;
  size_t reported; /* how many of them progress.h has told of */
};

struct site {
  struct url start; /* the address that everything crawled lies below */
  struct resource **resources;
  size_t resource_count;
  struct table resource_table;
  struct link **links;
  size_t link_count;
  struct table link_table;
  size_t pages;    /* HTML pages below the start that were read */
  size_t external; /* links to other sites */
  size_t requests;
  int most_tasks;        /* at once */
  uint64_t began, ended; /* green_now() */
  bool interrupted;
};

/* A site that begins at an absolute URL; false when it is none. */
bool site_open(struct site *site, const char *url);
void site_close(struct site *site);

/* The resource of an address, made when it is new. */
struct resource *site_resource(struct site *site, const struct url *url);

/* The link that `reference`, resolved against `base`, makes, held by `page` on `line`; made when it
 * is new. A page of NULL holds nothing: the address that the user gave. NULL when it is of a scheme
 * that is not checked. */
struct link *site_link(struct site *site, const struct url *base, const char *reference,
                       const struct resource *page, int line);

/* Why a link is broken; NULL when it is not, or when that is not known yet. */
const char *link_failure(const struct link *link);

/* Sorts a link's holders by page and line, and the site's links by name. */
void link_sort_holders(struct link *link);
void site_sort_links(struct site *site);

/* Links that some page holds; broken ones, the address that the user gave included. */
size_t site_count_links(const struct site *site);
size_t site_count_broken(const struct site *site);

#endif
