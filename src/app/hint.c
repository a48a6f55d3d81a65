/* 103 (Early Hints): what a page will want, said ahead of the answer. */
#include <string.h>
#include <greenio/status.h>
#include "app.h"

#define MOST 4096 /* bytes of one hint */

struct green__hint {
  struct green__hint *next;
  char links[]; /* each ended by '\n' */
};

/* ---- links ----------------------------------------------------------------------------------- */

static size_t skip_blanks(const char *at) {
  return strspn(at, " \t");
}

/* ";name", ";name=value" or ";name=\"value\"", as Node takes them: no blanks within, no quotes in quotes.
 * What is behind it; NULL: it is none. */
static const char *parameter_end(const char *at) {
  static const char stops[] = ";\" \t,";
  if (*at != ';') return NULL;
  at += 1 + skip_blanks(at + 1);
  size_t name = strcspn(at, ";\" \t,=");
  if (!green__is_token(at, name)) return NULL;
  at += name;
  if (*at != '=') return at;
  bool quoted = *++at == '"';
  at += quoted;
  size_t value = strcspn(at, quoted ? ";\" \t" : stops);
  if (!quoted) return value ? at + value : NULL;
  return at[value] == '"' ? at + value + 1 : NULL;
}

/* "<URL>" and parameters behind it. */
static bool is_link(const char *link) {
  for (const char *c = link; *c; c++)
    if ((*c < ' ' || *c > '~') && *c != '\t') return false;
  size_t url = strcspn(link, ">");
  if (*link != '<' || url < 2 || !link[url] || strcspn(link, " \t") < url) return false;
  const char *at = link + url + 1;
  while (at && *at) at = parameter_end(at + skip_blanks(at));
  return at;
}

/* ---- the task's half ------------------------------------------------------------------------- */

static int check_hints(const struct green__exchange *exchange, const char *const *links,
                       size_t count, size_t *size) {
  if (exchange->answered) return GREEN_EALREADY;
  if (exchange->stays_here)
    return green_fail(GREEN_ENOTSUP, "hints: nothing goes ahead of what fetch() answers");
  *size = 0;
  for (size_t i = 0; i < count; i++) {
    if (!is_link(links[i])) return green_fail(GREEN_EINVAL, "not a Link: %.200s", links[i]);
    *size += strlen(links[i]) + 1;
  }
  if (*size > MOST) return green_fail(GREEN_EMSGSIZE, "hints of more than %d bytes", MOST);
  return *size ? 0 : green_fail(GREEN_EINVAL, "a hint without a link");
}

int green_response_send_hints(green_response *response, const char *const *links, size_t count) {
  struct green__exchange *exchange = response->exchange;
  size_t size = 0;
  int rc = check_hints(exchange, links, count, &size);
  if (rc < 0) return rc;
  struct green__hint *hint = green__arena_alloc(&exchange->arena, sizeof *hint + size + 1);
  if (!hint) return GREEN_ENOMEM;
  char *at = hint->links;
  for (size_t i = 0; i < count; i++) {
    size_t length = strlen(links[i]);
    memcpy(at, links[i], length);
    at[length] = '\n';
    at += length + 1;
  }
  *at = 0;
  green__fifo_add(exchange->hints, exchange->last_hint, hint, next);
  green__exchange_notify(exchange, GREEN__ASKED_ANSWER);
  return 0;
}

/* ---- the host's half ------------------------------------------------------------------------- */

const char *green__exchange_hint(struct green__exchange *exchange) {
  return exchange->hints && !exchange->answered ? exchange->hints->links : NULL;
}

void green__exchange_hinted(struct green__exchange *exchange) {
  green__fifo_drop(exchange->hints, exchange->last_hint, next);
}
