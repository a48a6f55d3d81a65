/* The grammar of HTTP, in one place for the client (src/http), applications (src/app) and the
 * servers (src/server): RFC 9110 and 9112, and RFC 6265 for cookies.
 *
 * Plain C on bytes: nothing here allocates, waits, or knows of the core. What is malformed is
 * refused, not mended, since two readers of the same bytes that mend them differently are how a
 * request is smuggled. A text with a size may hold any byte, 0 too; one without is ended by a 0.
 */
#ifndef GREENIO_SRC_GRAMMAR_GRAMMAR_H
#define GREENIO_SRC_GRAMMAR_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "shared.h"

GREEN__SHARED_BEGIN

/* ---- text.c: bytes, words, tokens and values ------------------------------------------------- */

/* ASCII, whatever the locale is. */
bool green__is_letter(char c);
bool green__is_digit(char c);
char green__lower(char c);

/* Compares two texts of `size` bytes without regard to case; one with a whole one; two whole ones. */
bool green__same_name(const char *a, const char *b, size_t size);
bool green__is_word(const char *text, size_t size, const char *word);
bool green__is_name(const char *name, const char *other);

/* The value of a hexadecimal digit, or -1. */
int green__hex(char digit);
/* The byte that "%41" stands for, or -1: `left` bytes of text are there, from the '%'. */
int green__escape(const char *at, size_t left);
/* Writes "%41" for a byte; behind it. */
char *green__escape_put(char *to, char byte);

/* A number of nothing but digits: 1*DIGIT.  False: it is none, or larger than `most`. */
bool green__number(const char *text, size_t size, uint64_t most, uint64_t *number);

/* What a byte may be part of: the table has it, as each byte of each request is looked at. */
enum green__class {
  GREEN__IN_TOKEN = 1,
  GREEN__IN_VALUE = 2,  /* no control character but tab */
  GREEN__IN_TARGET = 4, /* visible ASCII, but for what RFC 3986 has nowhere, and what might be a
                           separator to somebody */
  GREEN__IN_HOST = 8, /* a name as RFC 3986 has it, but for escapes, and for the comma, which would
                           make a list of it */
};
extern const unsigned char green__classes[256];
static inline bool green__is_of(char c, enum green__class class) {
  return green__classes[(unsigned char)c] & class;
}
/* How many bytes at the beginning are of the class. */
static inline size_t green__class_size(const char *text, size_t size, enum green__class class) {
  size_t at = 0;
  while (at < size && green__is_of(text[at], class)) at++;
  return at;
}

/* A method or the name of a header. */
bool green__is_token(const char *text, size_t size);
/* No control characters but tab. */
bool green__is_plain(const char *text, size_t size);
/* The value of a header: plain, and no blanks around it, which would be lost on the way. */
bool green__is_value(const char *text);

/* Blank or tab. */
bool green__is_blank(char c);
/* Leaves out the blanks around a text. */
void green__trim(const char **text, size_t *size);
/* The next item of a list with commas, trimmed, which may be empty; *at goes on to behind it.
 * Begun with *at at the list's begin; false: there is no more, and *at is NULL. */
bool green__list_next(const char **at, const char *end, const char **item, size_t *size);

/* ---- authority.c: hosts and ports ------------------------------------------------------------ */

/* "::1", "::ffff:1.2.3.4", without brackets. */
bool green__ipv6_parse(const char *text, size_t size, unsigned char out[16]);
/* Digits, or none (then 0): at most 65535. */
bool green__port_parse(const char *text, size_t size, unsigned *port);
/* Whether a text is a host, and maybe a port, as Host may have them: a name, an IPv4 address, an
 * IPv6 address in brackets. */
bool green__is_authority(const char *text, size_t size);
/* Where the host of "name:port" or "[::1]:port" ends. */
size_t green__host_size(const char *authority, size_t size);
/* Whether a text consists of what names in DNS do. */
bool green__is_dns_name(const char *text, size_t size);

/* ---- target.c: the target of a request ------------------------------------------------------- */

/* Whether a text has nothing but what a target may hold. */
bool green__is_target(const char *text);
/* The authority of "http://host/path", or of https; NULL: the target has none. */
const char *green__authority_of(const char *target, size_t *size);
/* Splits a target into its decoded path and its query ("" if none), both in `copy`, which is the
 * target itself and changed; `options`: the method is OPTIONS, whose target may be "*".
 * False: a bad request. */
bool green__target_parse(char *copy, bool options, const char **path, const char **query);

/* ---- method.c, status.c ---------------------------------------------------------------------- */

enum green__method_traits {
  GREEN__SAFE = 1,          /* asks for nothing to be changed: may be sent again unasked */
  GREEN__IDEMPOTENT = 2,    /* twice is as good as once */
  GREEN__SENDS_BODY = 4,    /* says so if its body is empty (RFC 9110, 8.6) */
  GREEN__ANY_CASE = 8,      /* "get" is GET, as for fetch() */
  GREEN__NOT_A_CLIENTS = 16 /* CONNECT, TRACE, TRACK, which fetch() refuses */
};

struct green__method {
  const char *name;
  unsigned traits;
};

/* What is known of a method; NULL: nothing. */
const struct green__method *green__method_find(const char *method, size_t size);
/* Whether it has one of the traits. */
bool green__method_is(const char *method, unsigned traits);

/* "Not Found" for 404. */
const char *green__reason(int status);
/* Whether a response of that status never has a body: 204, 205, 304. */
bool green__status_is_bodiless(int status);

/* ---- framing.c: how long a body is ----------------------------------------------------------- */

/* The length of a body that is not known before it has ended. */
#define GREEN__UNKNOWN UINT64_MAX

/* What a Content-Length says. */
enum green__length {
  GREEN__LENGTH_GOOD,
  GREEN__LENGTH_BAD,       /* no number */
  GREEN__LENGTH_TOO_LARGE, /* more than 18 digits */
};
enum green__length green__length_parse(const char *value, size_t size, uint64_t *length);

/* What a Transfer-Encoding says. */
enum green__coding {
  GREEN__CODING_CHUNKED, /* that alone */
  GREEN__CODING_OTHERS,  /* others, with "chunked" last or without it */
  GREEN__CODING_BAD,     /* not a list of tokens */
  GREEN__CODING_BEHIND,  /* "chunked" is not the last */
};
enum green__coding green__coding_parse(const char *value, size_t size);

/* ---- request.c: the head of a request in bytes ------------------------------------------------ */

/* Bytes of empty lines at the beginning, which stand before a request that is no first one. */
size_t green__empty_lines(const char *data, size_t size);

enum green__found {
  GREEN__FOUND,
  GREEN__FOUND_LATER, /* more has to come; of fields: that was the last one */
  GREEN__FOUND_BAD,
};

/* Looks for the end of a head in the `size` bytes of it that are there; begun as {0}, and asked again
 * when more have come. FOUND: the head has search->seen bytes, with its empty line. BAD: a line that
 * does not end with CR LF. */
struct green__head_search {
  size_t seen, line;
};
enum green__found green__head_search(struct green__head_search *search, const char *data,
                                     size_t size);

/* Splits the first line of a whole head, in place; *fields is where the next one begins. False: it is
 * no request's. */
struct green__first_line {
  const char *method, *target, *protocol;
};
bool green__head_split(char *head, struct green__first_line *line, const char **fields);

/* ---- chunks.c: a body in chunks -------------------------------------------------------------- */

/* Begun as {.most = ...}. */
struct green__chunks {
  size_t most;   /* bytes of extensions, trailers and leading zeros that are passed over */
  size_t passed; /* so many were */
  uint64_t left; /* bytes of the present chunk's content */
  unsigned state;
  unsigned name_size;
  char name[20]; /* of the present trailer, as far as it goes */
};

enum green__chunks_read {
  GREEN__CHUNK_LATER,   /* all was used; more has to come */
  GREEN__CHUNK_CONTENT, /* behind what was used there are bytes of content, chunks->left at most */
  GREEN__CHUNK_END,
  GREEN__CHUNK_BAD,
};
/* Reads on, up to content, for which green__chunks_took() is called. */
enum green__chunks_read green__chunks_next(struct green__chunks *chunks, const char *data,
                                           size_t size, size_t *used);
void green__chunks_took(struct green__chunks *chunks, size_t size);

/* ---- head.c: the head of a request ----------------------------------------------------------- */

/* Whether a request's head is one that an application may see: for hosts that have it as it came.
 * Begun as {.status = 0}; then the line, each field in its order, and the end. What is found first
 * stands. */
struct green__head_check {
  int status;      /* that refuses it; 0: nothing does */
  const char *why; /* "more than one Host" */
  uint64_t body;   /* behind the end: bytes of body that it announces, or GREEN__UNKNOWN */
  unsigned hosts, lengths, codings;
  bool old;         /* HTTP/1.0 */
  bool others;      /* codings but "chunked" */
  bool expects;     /* 100 (Continue) */
  bool close, keep; /* Connection has such an option */
};
/* Whether the connection goes on behind the answer. */
static inline bool green__head_keeps(const struct green__head_check *check) {
  return !check->close && (!check->old || check->keep);
}
void green__head_line(struct green__head_check *check, const char *method, const char *target,
                      const char *protocol);
void green__head_field(struct green__head_check *check, const char *name, size_t name_size,
                       const char *value, size_t size);
int green__head_end(struct green__head_check *check); /* the status */
/* The fields of a head in bytes, from behind its line to its end, as long as nothing is wrong: looked at,
 * and given to each(). More than `most` are 431. */
struct green__field {
  const char *name, *value; /* without blanks around it; not ended by 0 */
  size_t name_size, value_size;
};
void green__head_fields(struct green__head_check *check, const char *at, const char *end,
                        unsigned most, void (*each)(void *arg, const struct green__field *field),
                        void *arg);
/* For what the host itself finds wrong. */
void green__head_refuse(struct green__head_check *check, int status, const char *why);

/* ---- media.c: types and their parameters ----------------------------------------------------- */

/* The media type alone of a Content-Type is `type`. */
bool green__is_type(const char *content_type, const char *type);
/* A parameter of a header's value ("boundary" of multipart/form-data; boundary=x), unquoted, into
 * `out`: its length, GREEN__NO_PARAMETER, or GREEN__LONG_PARAMETER: more than size - 1 bytes, of
 * which `out` then has the first ones. */
int green__parameter(const char *value, const char *name, char *out, size_t size);
#define GREEN__NO_PARAMETER   (-1)
#define GREEN__LONG_PARAMETER (-2)

/* ---- accept.c -------------------------------------------------------------------------------- */

/* What an Accept-Encoding says of a coding, in thousandths; 0: it is not to be used. -1: nothing. */
int green__coding_weight(const char *accept, const char *coding);

/* ---- cookie.c -------------------------------------------------------------------------------- */

/* Finds a cookie in the value of one Cookie header. */
bool green__cookie_find(const char *header, const char *name, const char **value, size_t *size);
/* The value of a cookie that is set. */
bool green__is_cookie_value(const char *value);

/* ---- range.c --------------------------------------------------------------------------------- */

enum green__range { GREEN__RANGE_ALL, GREEN__RANGE_PART, GREEN__RANGE_NONE };
/* What of a thing of `size` bytes a Range header asks for: all (it is no such range, or several), a
 * part, or what is not there. */
enum green__range green__range_parse(const char *header, uint64_t size, uint64_t *first,
                                     uint64_t *last);

/* Whether a list of If-None-Match names the tag, which has its quotes; weak ones, "W/" before them, are
 * as good as strong ones there. */
bool green__tag_matches(const char *list, const char *tag);

/* ---- date.c ---------------------------------------------------------------------------------- */

#define GREEN__DATE_SIZE 32

/* UTC. */
struct green__date {
  int year;
  unsigned month, day, hour, minute, second;
  char weekday[4], month_name[4];
};

/* Of seconds since 1970; before that, 1970. */
void green__date_split(int64_t seconds, struct green__date *out);
/* "Sun, 06 Nov 1994 08:49:37 GMT", of seconds since 1970. */
void green__date_print(char out[GREEN__DATE_SIZE], int64_t seconds);
/* False: it is not such a date. */
bool green__date_parse(const char *text, int64_t *seconds);

/* ---- utf8.c ---------------------------------------------------------------------------------- */

/* In the middle of a character; begun as {0}. */
struct green__utf8 {
  unsigned char left, low, high; /* bytes of it that are to come; what the next may be */
};
/* Whether a text may go on with these bytes. It may end where none is left. */
bool green__utf8_next(struct green__utf8 *state, const void *text, size_t size);
bool green__is_utf8(const void *text, size_t size);

/* ---- websocket.c: its handshake, its codes --------------------------------------------------- */

#define GREEN__WEBSOCKET_KEY    24
#define GREEN__WEBSOCKET_ACCEPT 28

/* A client's Sec-WebSocket-Key; whether a text is one; what it is answered with. */
void green__websocket_key(const unsigned char random[16], char out[GREEN__WEBSOCKET_KEY + 1]);
bool green__is_websocket_key(const char *key);
void green__websocket_accept(const char *key, char out[GREEN__WEBSOCKET_ACCEPT + 1]);
/* Whether a side may close with that code. */
bool green__is_close_code(unsigned code);
/* "chat.v2, chat": tokens, each once. */
bool green__is_token_list(const char *list);
/* Whether an item of a list is that word of `size` bytes. */
bool green__list_has(const char *list, const char *word, size_t size, bool any_case);

GREEN__SHARED_END

#endif
