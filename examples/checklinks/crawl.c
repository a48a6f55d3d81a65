/* The crawl; see crawl.h. Plain sequential code: a task waits for its answer as if nothing else ran.
 */
#include "crawl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <greenio/greenio.h>

#include "memory.h"
#include "phrase.h"
#include "progress.h"

#define LARGEST_PAGE  ((size_t)32 << 20) /* bytes; what is larger is there, but is not read */
#define MAX_REDIRECTS 20                 /* as many as fetch() follows */
#define SHOW_EVERY    100                /* ms */

struct crawl {
  struct site *site;
  const struct crawl_options *options;
  green_future *interrupt; /* or NULL */
  green_group *visits;
  green_http_client *client;
};

struct visit {
  struct crawl *crawl;
  struct resource *resource;
};

static int visit(void *arg);

/* Has a resource checked, if it is to be and is not already. */
static void reach(struct crawl *c, struct resource *resource) {
  if (resource->reached || c->site->interrupted) return;
  if (resource->external && !c->options->external) return;
  struct visit visited = {c, resource};
  resource->reached = true;
  green_group_spawn_copy(c->visits, visit, &visited, sizeof visited);
}

/* ---- one request ----------------------------------------------------------------------------- */

static int ask(struct crawl *c, const struct resource *resource, const char *method,
               green_http_response **response) {
  green_http_request request = {.method = method,
                                .url = resource->url.text,
                                .max_body = LARGEST_PAGE,
                                .max_redirects = MAX_REDIRECTS};
  int rc = GREEN_ETIMEDOUT;
  c->site->requests++;
  GREEN_TIMEOUT(c->options->timeout) rc = green_http_perform(c->client, response, &request);
  return rc;
}

static bool is_success(int status) {
  return status >= 200 && status <= 299;
}

static bool is_html(const green_http_response *response) {
  const char *type = green_http_response_header(response, "content-type");
  return type && (strncasecmp(type, "text/html", 9) == 0 ||
                  strncasecmp(type, "application/xhtml+xml", 21) == 0);
}

/* Whether an address looks as if it gave a page, so that asking for it whole at once saves a
 * request. */
static bool looks_like_page(const struct url *url) {
  static const char *const endings[] = {"html", "htm",  "xhtml", "shtml", "php",
                                        "asp",  "aspx", "jsp",   "cgi",   NULL};
  const char *end = url->text + url->path, *p = end;
  while (p[-1] != '/' && p[-1] != '.') p--;
  if (p[-1] == '/') return true;
  for (const char *const *ending = endings; *ending; ending++)
    if (strlen(*ending) == (size_t)(end - p) && strncasecmp(p, *ending, strlen(*ending)) == 0)
      return true;
  return false;
}

/* Asks for a resource in the way that costs least: for its headers alone if it is none of our
 * pages. Which requests are made depends on the address and the server's answers alone, never on
 * who asked first, so that every run makes as many. */
static int fetch(struct crawl *c, const struct resource *resource, green_http_response **response) {
  bool whole = !resource->external && looks_like_page(&resource->url);
  if (whole) return ask(c, resource, "GET", response);
  int rc = ask(c, resource, "HEAD", response);
  if (rc < 0) return rc;
  int status = green_http_response_status(*response);
  bool refused = status == 405 || status == 501;
  bool page = !resource->external && is_success(status) && is_html(*response);
  if (!refused && !page) return 0;
  green_http_response_release(*response);
  return ask(c, resource, "GET", response);
}

/* ---- what an answer says --------------------------------------------------------------------- */

static void fail(struct resource *resource, const char *why) {
  resource->failure = memory_copy(why, strlen(why));
}

/* Puts every link of the page's document on the site's list, and has the new ones checked. */
static void follow_links(struct crawl *c, struct resource *page) {
  struct document *document = &page->document;
  struct url own_base;
  bool has_base = document->base && url_resolve(&page->url, document->base, &own_base) == URL_WEB;
  const struct url *base = has_base ? &own_base : &page->url;
  for (size_t i = 0; i < document->link_count; i++) {
    const struct document_link *found = &document->links[i];
    struct link *link = site_link(c->site, base, found->reference, page, found->line);
    if (link && link->resource) reach(c, link->resource);
  }
  if (has_base) url_free(&own_base);
}

static void read_page(struct crawl *c, struct resource *resource,
                      const green_http_response *response) {
  size_t size;
  const char *body = green_http_response_body(response, &size);
  document_read(&resource->document, body, size);
  resource->is_document = true;
  if (url_below(&resource->url, &c->site->start)) {
    c->site->pages++;
    follow_links(c, resource);
  }
  document_free_links(&resource->document);
}

static bool is_start(const struct crawl *c, const struct resource *resource) {
  return strcmp(resource->url.text, c->site->start.text) == 0;
}

/* A redirect that stays on the site leads to a resource of its own, which is asked for under its
 * own name. One of the start's says where the site really is. */
static void follow_redirect(struct crawl *c, struct resource *resource, struct url *to) {
  if (is_start(c, resource)) {
    struct url given = c->site->start;
    c->site->start = *to;
    *to = given;
    to = &c->site->start;
  }
  if (!url_same_site(to, &c->site->start)) return;
  resource->moved_to = site_resource(c->site, to);
  reach(c, resource->moved_to);
}

static void read_answer(struct crawl *c, struct resource *resource,
                        const green_http_response *response) {
  int status = green_http_response_status(response);
  struct url final;
  if (!is_success(status)) {
    char why[64];
    fail(resource, phrase_for_status(status, why, sizeof why));
    return;
  }
  if (resource->external || url_resolve(NULL, green_http_response_url(response), &final) != URL_WEB)
    return;
  if (strcmp(final.text, resource->url.text) != 0)
    follow_redirect(c, resource, &final);
  else if (is_html(response))
    read_page(c, resource, response);
  else if (is_start(c, resource))
    fail(resource, "not an HTML page");
  url_free(&final);
}

/* A task: checks one resource. */
static int visit(void *arg) {
  struct crawl *c = ((struct visit *)arg)->crawl;
  struct resource *resource = ((struct visit *)arg)->resource;
  int tasks = (int)green_group_running_count(c->visits) + 3; /* and those that do not check */
  if (tasks > c->site->most_tasks) c->site->most_tasks = tasks;

  green_http_response *response = NULL;
  int rc = fetch(c, resource, &response);
  if (green_cancelled()) {
    green_http_response_release(response);
    return GREEN_ECANCELED;
  }
  if (rc == 0)
    read_answer(c, resource, response);
  else if (rc != GREEN_EMSGSIZE)
    fail(resource, green_strerror(rc));
  green_http_response_release(response);
  resource->checked = true;
  return 0;
}

/* ---- beside the visits ----------------------------------------------------------------------- */

/* A task: shows progress until it is cancelled. */
static int show_progress(void *arg) {
  const struct crawl *c = arg;
  int rc;
  while ((rc = green_sleep(SHOW_EVERY)) == 0) progress_show(c->site);
  return rc;
}

/* A task: stops the visits at an interrupt. */
static int heed_interrupt(void *arg) {
  struct crawl *c = arg;
  int rc = green_wait_any(&c->interrupt, 1);
  if (rc < 0) return rc;
  c->site->interrupted = true;
  green_group_cancel(c->visits);
  return 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int visit_all(struct crawl *c) {
  green_group *beside;
  int rc = green_group_new(&beside, NULL);
  if (rc == 0) rc = green_group_spawn(beside, show_progress, c);
  if (rc == 0 && c->interrupt) rc = green_group_spawn(beside, heed_interrupt, c);
  if (rc == 0) {
    reach(c, c->site->resources[0]);
    rc = green_group_wait(c->visits); /* each of them spawns more */
  }
  green_group_release(beside);
  return rc;
}

int crawl(struct site *site, const struct crawl_options *options, green_future *interrupt) {
  struct crawl c = {site, options, interrupt, NULL, NULL};
  int rc = green_group_new(&c.visits, &(green_group_options){.max_tasks = options->workers});
  if (rc == 0) rc = green_http_client_new(&c.client, NULL);
  site->began = green_now();
  if (rc == 0) rc = visit_all(&c);
  if (rc == 0 && site->interrupted) rc = GREEN_ECANCELED;
  if (rc < 0) site->interrupted = true;
  site->ended = green_now();
  green_group_release(c.visits);
  green_http_client_release(c.client);
  return rc;
}
