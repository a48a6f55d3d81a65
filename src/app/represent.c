/* What an answer looks like to the client that gets it: its tag, 304 if that client has it already, and
 * its coding. It comes last, when nobody can change the answer any more, so that none of it contradicts
 * the others: a tag is of the body as the program made it, weak if a coding was agreed on, since then
 * bytes differ that mean the same; what depends on Accept-Encoding says so in Vary, a 304 too; what is
 * part of a file, or says how it is to be read, is left as it is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"
#include "encode.h"

#define LEAST 1024 /* bytes of a whole body that are worth it */

static bool reads(const green_request *request) {
  return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

/* Whether a word stands in a list that a header has, of which there may be several. */
static bool has_word(const struct green__fields *headers, const char *name, const char *word) {
  for (size_t i = 0; i < headers->count; i++) {
    const char *value = headers->at[i].value, *at = value, *item;
    size_t size;
    if (!green__is_name(headers->at[i].name, name)) continue;
    while (green__list_next(&at, value + strlen(value), &item, &size))
      if (green__is_word(item, size, word)) return true;
  }
  return false;
}

/* ---- tags ------------------------------------------------------------------------------------ */

static uint64_t hash_mix(uint64_t hash, uint64_t word) {
  word *= UINT64_C(0x87c37b91114253d5);
  word = word << 31 | word >> 33;
  hash ^= word * UINT64_C(0x4cf5ad432745937f);
  hash = hash << 27 | hash >> 37;
  return hash * 5 + UINT64_C(0x52dce729);
}

/* Tells versions of a body apart; it is no secret and no signature. */
static uint64_t hash_of(const char *data, size_t size) {
  uint64_t hash = size, word;
  for (; size >= sizeof word; data += sizeof word, size -= sizeof word) {
    memcpy(&word, data, sizeof word);
    hash = hash_mix(hash, word);
  }
  word = 0;
  if (size) memcpy(&word, data, size);
  hash = hash_mix(hash, word);
  hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
  return hash ^ hash >> 33;
}

static void tag_add(green_response *response) {
  char tag[48];
  if (response->pieces || green_response_header(response, "ETag") ||
      has_word(&response->headers, "Cache-Control", "no-store"))
    return;
  snprintf(tag, sizeof tag, "\"%zx-%016" PRIx64 "\"", response->size,
           hash_of(response->body, response->size));
  green_response_set_header(response, "ETag", tag); /* without memory there is none */
}

static int tag_weaken(green_response *response) {
  const char *tag = green_response_header(response, "ETag");
  if (!tag || *tag != '"') return 0;
  size_t size = strlen(tag) + 3;
  char *weak = green__arena_alloc(&response->exchange->arena, size);
  if (!weak) return GREEN_ENOMEM;
  snprintf(weak, size, "W/%s", tag);
  return green_response_set_header(response, "ETag", weak);
}

static bool is_fresh(green_request *request, const green_response *response) {
  const char *tag = green_response_header(response, "ETag");
  const char *tags = green__request_list(request, "If-None-Match");
  return tag && tags && reads(request) && green__tag_matches(tags, tag);
}

/* ---- the coding ------------------------------------------------------------------------------ */

/* Whether a body of that type and size is encoded for clients that want it. */
static bool gains(const green_response *response, const char *type, uint64_t size) {
  static const char *const names[] = {"Content-Encoding", "Content-Range", "Content-Digest",
                                      "Digest", "Content-MD5"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (green_response_header(response, names[i])) return false;
  return type && green__type_gains(type) && size >= LEAST &&
         !has_word(&response->headers, "Cache-Control", "no-transform");
}

static bool may_encode(const green_response *response) {
  if (response->status == 206 || green__status_is_bodiless(response->status)) return false;
  return gains(response, green_response_header(response, "Content-Type"),
               response->pieces ? response->output.size : response->size);
}

static enum green__encoding choose(green_request *request, const green_response *response) {
  const char *accept = green__request_list(request, "Accept-Encoding");
  if (!accept) return GREEN__IDENTITY;
  int gzip = green__coding_weight(accept, "gzip"), brotli = green__coding_weight(accept, "br");
  int identity = green__coding_weight(accept, "identity");
  if (response->pieces || !green__encodes(GREEN__BROTLI)) brotli = 0;
  if (!green__encodes(GREEN__GZIP)) gzip = 0;
  int best = brotli >= gzip ? brotli : gzip;
  if (best <= 0 || identity > best) return GREEN__IDENTITY;
  return brotli == best ? GREEN__BROTLI : GREEN__GZIP;
}

static int vary(green_response *response) {
  const struct green__fields *headers = &response->headers;
  if (has_word(headers, "Vary", "*") || has_word(headers, "Vary", "Accept-Encoding")) return 0;
  return green_response_add_header(response, "Vary", "Accept-Encoding");
}

/* Encodes a whole body. False: it stays as it is, larger otherwise or for want of memory. */
static bool encode_whole(green_response *response, enum green__encoding encoding) {
  char *coded;
  size_t size;
  if (green__encode(encoding, response->body, response->size, &coded, &size) < 0) return false;
  if (size >= response->size) {
    green__free(coded);
    return false;
  }
  green__response_replace(response, coded, size, green__free);
  return true;
}

static int encode(green_response *response, enum green__encoding encoding) {
  const char *name = encoding == GREEN__BROTLI ? "br" : "gzip";
  if (!response->pieces && !encode_whole(response, encoding)) return 0;
  int rc = green_response_set_header(response, "Content-Encoding", name);
  if (rc == 0) rc = green_response_set_header(response, "Accept-Ranges", NULL);
  response->encoded = response->pieces;
  return rc;
}

/* ---- in order -------------------------------------------------------------------------------- */

/* A 304 that the program, or a file, has made: its tag is as the client has it, and Vary as in the 200,
 * as far as that is known. */
static int keep_as_known(green_request *request, green_response *response) {
  const char *tag = green_response_header(response, "ETag");
  const char *tags = green__request_list(request, "If-None-Match");
  if (response->unsent_type && !gains(response, response->unsent_type, response->unsent_size))
    return 0;
  const char *known = tag && tags ? strstr(tags, tag) : NULL;
  int rc =
      known && known >= tags + 2 && strncmp(known - 2, "W/", 2) == 0 ? tag_weaken(response) : 0;
  return rc < 0 ? rc : vary(response);
}

static int not_modified(green_response *response) {
  green__response_replace(response, NULL, 0, NULL);
  response->status = 304;
  return green_response_set_header(response, "Content-Type", NULL);
}

int green__represent(struct green__exchange *exchange) {
  green_request *request = &exchange->request;
  green_response *response = &exchange->response;
  bool compresses = exchange->compresses && !exchange->stays_here;
  enum green__encoding encoding = GREEN__IDENTITY;
  int rc = 0;
  if (exchange->tags && reads(request) && response->status == 200) tag_add(response);
  if (compresses && response->status == 304) rc = keep_as_known(request, response);
  if (compresses && may_encode(response)) {
    encoding = choose(request, response);
    rc = vary(response);
  }
  if (rc == 0 && encoding) rc = tag_weaken(response);
  if (rc < 0) return rc;
  if (exchange->tags && response->status == 200 && !response->pieces && is_fresh(request, response))
    return not_modified(response);
  return encoding ? encode(response, encoding) : 0;
}
