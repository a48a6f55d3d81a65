/* A body as UTF-8. UTF-8 itself, UTF-16 and windows-1252 are decoded here, so that they come out
 * the same on every host; other charsets are the host's. */
#include "http.h"

#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"

#define CHARSET_MAX 32
#define REPLACEMENT 0xfffd

/* What windows-1252 has at 0x80 to 0x9f; of the five that it lacks browsers make control
 * characters. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

/* Reads one character at `at`, of which `left` bytes are left, at least 1; how many bytes it was.
 */
typedef size_t (*decoder)(const unsigned char *at, size_t left, uint32_t *character);

static size_t from_windows_1252(const unsigned char *at, size_t left, uint32_t *character) {
  (void)left;
  *character = *at >= 0x80 && *at < 0xa0 ? windows_1252[*at - 0x80] : *at;
  return 1;
}

/* Of what is not valid, the longest start of something valid becomes one U+FFFD, as in browsers. */
static size_t from_utf8(const unsigned char *at, size_t left, uint32_t *character) {
  unsigned char first = *at, low = 0x80, high = 0xbf;
  size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  *character = REPLACEMENT;
  if (first >= 0x80 && (first < 0xc2 || first > 0xf4)) return 1;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  uint32_t value = more ? first & (0x3f >> more) : first;
  for (size_t i = 1; i <= more; i++) {
    if (i == left || at[i] < low || at[i] > high) return i;
    value = value << 6 | (at[i] & 0x3f);
    low = 0x80;
    high = 0xbf;
  }
  *character = value;
  return more + 1;
}

static size_t from_utf16(const unsigned char *at, size_t left, uint32_t *character, int high) {
  *character = REPLACEMENT;
  if (left < 2) return left;
  uint32_t first = (uint32_t)(at[high] << 8 | at[!high]);
  if (first < 0xd800 || first > 0xdfff) *character = first;
  if (first < 0xd800 || first > 0xdbff) return 2;
  if (left < 4) return left;
  uint32_t second = (uint32_t)(at[2 + high] << 8 | at[2 + !high]);
  if (second < 0xdc00 || second > 0xdfff) return 2;
  *character = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  return 4;
}

static size_t from_utf16le(const unsigned char *at, size_t left, uint32_t *character) {
  return from_utf16(at, left, character, 1);
}

static size_t from_utf16be(const unsigned char *at, size_t left, uint32_t *character) {
  return from_utf16(at, left, character, 0);
}

/* Writes a character, or only counts its bytes. */
static size_t character_put(char *to, uint32_t c) {
  size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned char starts[] = {0, 0xc0, 0xe0, 0xf0};
  if (!to) return more + 1;
  for (size_t i = more; i; i--, c >>= 6) to[i] = (char)(0x80 | (c & 0x3f));
  to[0] = (char)(starts[more] | c);
  return more + 1;
}

static size_t decode_into(char *to, decoder decode, const char *bytes, size_t size) {
  size_t written = 0;
  for (size_t at = 0; at < size;) {
    uint32_t character;
    at += decode((const unsigned char *)bytes + at, size - at, &character);
    written += character_put(to ? to + written : NULL, character);
  }
  return written;
}

static int decode_here(decoder decode, const char *bytes, size_t size, char **out,
                       size_t *out_size) {
  *out_size = decode_into(NULL, decode, bytes, size);
  *out = green__alloc(*out_size + 1);
  if (!*out) return GREEN_ENOMEM;
  decode_into(*out, decode, bytes, size);
  (*out)[*out_size] = '\0';
  return 0;
}

static decoder decoder_of(const char *charset) {
  static const struct {
    const char *name;
    decoder decode;
  } known[] = {
      {"", from_utf8},
      {"utf-8", from_utf8},
      {"utf8", from_utf8},
      {"iso-8859-1", from_windows_1252},
      {"iso8859-1", from_windows_1252},
      {"latin1", from_windows_1252},
      {"us-ascii", from_windows_1252},
      {"ascii", from_windows_1252},
      {"windows-1252", from_windows_1252},
      {"cp1252", from_windows_1252},
      {"utf-16", from_utf16le},
      {"utf-16le", from_utf16le},
      {"utf-16be", from_utf16be},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (green__is_name(charset, known[i].name)) return known[i].decode;
  return NULL;
}

static bool is_charset_byte(char c) {
  return green__is_letter(c) || green__is_digit(c) || (c && strchr("-_.:", c));
}

/* The charset parameter of a Content-Type, "" if there is none; cut to what a name may hold. */
static void find_charset(const char *type, char charset[CHARSET_MAX]) {
  int rc = type ? green__parameter(type, "charset", charset, CHARSET_MAX) : GREEN__NO_PARAMETER;
  charset[rc == GREEN__NO_PARAMETER ? 0 : CHARSET_MAX - 1] = '\0';
  bool quote = *charset == '\''; /* as some servers write it */
  size_t size = 0;
  while (is_charset_byte(charset[size + quote])) size++;
  memmove(charset, charset + quote, size);
  charset[size] = '\0';
}

/* A byte order mark decides before the Content-Type does; it is not part of the text. */
static decoder find_mark(const char **bytes, size_t *size) {
  static const struct {
    const char *mark;
    size_t size;
    decoder decode;
  } marks[] = {
      {"\xef\xbb\xbf", 3, from_utf8}, {"\xff\xfe", 2, from_utf16le}, {"\xfe\xff", 2, from_utf16be}};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    if (*size < marks[i].size || memcmp(*bytes, marks[i].mark, marks[i].size) != 0) continue;
    *bytes += marks[i].size;
    *size -= marks[i].size;
    return marks[i].decode;
  }
  return NULL;
}

static int make_text(green_http_response *response) {
  char charset[CHARSET_MAX];
  const char *bytes = response->body ? response->body : "";
  size_t size = response->body_size;
  find_charset(green_http_response_header(response, "content-type"), charset);
  decoder decode = find_mark(&bytes, &size);
  if (!decode) decode = decoder_of(charset);
  if (decode) return decode_here(decode, bytes, size, &response->text, &response->text_size);
  return green__charset_decode(charset, bytes, size, &response->text, &response->text_size);
}

int green_http_response_text(green_http_response *response, const char **text, size_t *size) {
  int rc = response->text ? 0 : make_text(response);
  *text = response->text;
  if (size) *size = rc < 0 ? 0 : response->text_size;
  return rc;
}
