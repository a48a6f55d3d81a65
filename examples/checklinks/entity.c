/* Character references; see entity.h. */
#include "entity.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct entity {
  const char *name;
  unsigned short code_point;
  bool bare; /* known without a semicolon too */
};

/* Sorted by name. */
static const struct entity entities[] = {
    {"AElig", 0xC6, true},     {"AMP", 0x26, true},
    {"Aacute", 0xC1, true},    {"Acirc", 0xC2, true},
    {"Agrave", 0xC0, true},    {"Aring", 0xC5, true},
    {"Atilde", 0xC3, true},    {"Auml", 0xC4, true},
    {"COPY", 0xA9, true},      {"Ccedil", 0xC7, true},
    {"Delta", 0x394, false},   {"ETH", 0xD0, true},
    {"Eacute", 0xC9, true},    {"Ecirc", 0xCA, true},
    {"Egrave", 0xC8, true},    {"Euml", 0xCB, true},
    {"GT", 0x3E, true},        {"Hat", 0x5E, false},
    {"Iacute", 0xCD, true},    {"Icirc", 0xCE, true},
    {"Igrave", 0xCC, true},    {"Iuml", 0xCF, true},
    {"LT", 0x3C, true},        {"NewLine", 0xA, false},
    {"Ntilde", 0xD1, true},    {"OElig", 0x152, false},
    {"Oacute", 0xD3, true},    {"Ocirc", 0xD4, true},
    {"Ograve", 0xD2, true},    {"Omega", 0x3A9, false},
    {"Oslash", 0xD8, true},    {"Otilde", 0xD5, true},
    {"Ouml", 0xD6, true},      {"QUOT", 0x22, true},
    {"REG", 0xAE, true},       {"Scaron", 0x160, false},
    {"THORN", 0xDE, true},     {"Tab", 0x9, false},
    {"Uacute", 0xDA, true},    {"Ucirc", 0xDB, true},
    {"Ugrave", 0xD9, true},    {"UnderBar", 0x5F, false},
    {"Uuml", 0xDC, true},      {"VerticalLine", 0x7C, false},
    {"Yacute", 0xDD, true},    {"Yuml", 0x178, false},
    {"aacute", 0xE1, true},    {"acirc", 0xE2, true},
    {"acute", 0xB4, true},     {"aelig", 0xE6, true},
    {"agrave", 0xE0, true},    {"alpha", 0x3B1, false},
    {"amp", 0x26, true},       {"apos", 0x27, false},
    {"aring", 0xE5, true},     {"ast", 0x2A, false},
    {"atilde", 0xE3, true},    {"auml", 0xE4, true},
    {"bdquo", 0x201E, false},  {"beta", 0x3B2, false},
    {"brvbar", 0xA6, true},    {"bsol", 0x5C, false},
    {"bull", 0x2022, false},   {"ccedil", 0xE7, true},
    {"cedil", 0xB8, true},     {"cent", 0xA2, true},
    {"circ", 0x2C6, false},    {"colon", 0x3A, false},
    {"comma", 0x2C, false},    {"commat", 0x40, false},
    {"copy", 0xA9, true},      {"curren", 0xA4, true},
    {"darr", 0x2193, false},   {"dash", 0x2010, false},
    {"deg", 0xB0, true},       {"delta", 0x3B4, false},
    {"divide", 0xF7, true},    {"dollar", 0x24, false},
    {"eacute", 0xE9, true},    {"ecirc", 0xEA, true},
    {"egrave", 0xE8, true},    {"emsp", 0x2003, false},
    {"ensp", 0x2002, false},   {"epsilon", 0x3B5, false},
    {"equals", 0x3D, false},   {"eth", 0xF0, true},
    {"euml", 0xEB, true},      {"euro", 0x20AC, false},
    {"excl", 0x21, false},     {"fnof", 0x192, false},
    {"frac12", 0xBD, true},    {"frac14", 0xBC, true},
    {"frac34", 0xBE, true},    {"gamma", 0x3B3, false},
    {"ge", 0x2265, false},     {"grave", 0x60, false},
    {"gt", 0x3E, true},        {"harr", 0x2194, false},
    {"hellip", 0x2026, false}, {"hyphen", 0x2010, false},
    {"iacute", 0xED, true},    {"icirc", 0xEE, true},
    {"iexcl", 0xA1, true},     {"igrave", 0xEC, true},
    {"infin", 0x221E, false},  {"iquest", 0xBF, true},
    {"iuml", 0xEF, true},      {"lambda", 0x3BB, false},
    {"laquo", 0xAB, true},     {"larr", 0x2190, false},
    {"lbrace", 0x7B, false},   {"lbrack", 0x5B, false},
    {"lcub", 0x7B, false},     {"ldquo", 0x201C, false},
    {"le", 0x2264, false},     {"lowbar", 0x5F, false},
    {"lpar", 0x28, false},     {"lrm", 0x200E, false},
    {"lsqb", 0x5B, false},     {"lsquo", 0x2018, false},
    {"lt", 0x3C, true},        {"macr", 0xAF, true},
    {"mdash", 0x2014, false},  {"micro", 0xB5, true},
    {"middot", 0xB7, true},    {"minus", 0x2212, false},
    {"mu", 0x3BC, false},      {"nbsp", 0xA0, true},
    {"ndash", 0x2013, false},  {"ne", 0x2260, false},
    {"not", 0xAC, true},       {"ntilde", 0xF1, true},
    {"num", 0x23, false},      {"oacute", 0xF3, true},
    {"ocirc", 0xF4, true},     {"oelig", 0x153, false},
    {"ograve", 0xF2, true},    {"omega", 0x3C9, false},
    {"ordf", 0xAA, true},      {"ordm", 0xBA, true},
    {"oslash", 0xF8, true},    {"otilde", 0xF5, true},
    {"ouml", 0xF6, true},      {"para", 0xB6, true},
    {"percnt", 0x25, false},   {"period", 0x2E, false},
    {"pi", 0x3C0, false},      {"plus", 0x2B, false},
    {"plusmn", 0xB1, true},    {"pound", 0xA3, true},
    {"prime", 0x2032, false},  {"quest", 0x3F, false},
    {"quot", 0x22, true},      {"raquo", 0xBB, true},
    {"rarr", 0x2192, false},   {"rbrace", 0x7D, false},
    {"rbrack", 0x5D, false},   {"rcub", 0x7D, false},
    {"rdquo", 0x201D, false},  {"reg", 0xAE, true},
    {"rlm", 0x200F, false},    {"rpar", 0x29, false},
    {"rsqb", 0x5D, false},     {"rsquo", 0x2019, false},
    {"sbquo", 0x201A, false},  {"scaron", 0x161, false},
    {"sect", 0xA7, true},      {"semi", 0x3B, false},
    {"shy", 0xAD, true},       {"sigma", 0x3C3, false},
    {"sol", 0x2F, false},      {"sup1", 0xB9, true},
    {"sup2", 0xB2, true},      {"sup3", 0xB3, true},
    {"szlig", 0xDF, true},     {"thinsp", 0x2009, false},
    {"thorn", 0xFE, true},     {"tilde", 0x2DC, false},
    {"times", 0xD7, true},     {"trade", 0x2122, false},
    {"uacute", 0xFA, true},    {"uarr", 0x2191, false},
    {"ucirc", 0xFB, true},     {"ugrave", 0xF9, true},
    {"uml", 0xA8, true},       {"uuml", 0xFC, true},
    {"verbar", 0x7C, false},   {"vert", 0x7C, false},
    {"yacute", 0xFD, true},    {"yen", 0xA5, true},
    {"yuml", 0xFF, true},      {"zwj", 0x200D, false},
    {"zwnj", 0x200C, false},
};

#define REPLACEMENT 0xFFFDul

static int by_name(const void *key, const void *entity) {
  return strcmp(key, ((const struct entity *)entity)->name);
}

static const struct entity *find(const char *name, size_t length) {
  char key[16];
  if (length >= sizeof key) return NULL;
  memcpy(key, name, length);
  key[length] = '\0';
  return bsearch(key, entities, sizeof entities / sizeof *entities, sizeof *entities, by_name);
}

/* HTML reads the control characters 0x80 to 0x9F as windows-1252; 0: as itself. */
static unsigned long as_windows_1252(unsigned long code) {
  static const unsigned short map[32] = {
      0x20AC, 0,      0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
      0x2039, 0x152,  0,      0x17D,  0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0,      0x17E,  0x178,
  };
  return code >= 0x80 && code < 0xA0 && map[code - 0x80] ? map[code - 0x80] : code;
}

static unsigned long allowed(unsigned long code) {
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return REPLACEMENT;
  return as_windows_1252(code);
}

/* Reads "&#38;" or "&#x26;" at `p`; returns where it ends, or NULL when it is none. */
static const char *numeric(struct text *out, const char *p, const char *end) {
  p += 2;
  bool hex = p < end && (*p == 'x' || *p == 'X');
  if (hex) p++;
  const char *digits = p;
  unsigned long code = 0;
  for (; p < end && (hex ? isxdigit((unsigned char)*p) : isdigit((unsigned char)*p)); p++) {
    int digit = isdigit((unsigned char)*p) ? *p - '0' : tolower((unsigned char)*p) - 'a' + 10;
    if (code <= 0x10FFFF) code = code * (hex ? 16 : 10) + (unsigned long)digit;
  }
  if (p == digits) return NULL;
  text_add_code_point(out, allowed(code));
  return p < end && *p == ';' ? p + 1 : p;
}

/* The same for "&amp;", and "&amp" when no "=" follows (the letters and digits end there anyhow).
 */
static const char *named(struct text *out, const char *p, const char *end) {
  const char *name = ++p;
  while (p < end && isalnum((unsigned char)*p)) p++;
  const struct entity *entity = find(name, (size_t)(p - name));
  if (!entity) return NULL;
  bool ended = p < end && *p == ';';
  if (!ended && (!entity->bare || (p < end && *p == '='))) return NULL;
  text_add_code_point(out, entity->code_point);
  return ended ? p + 1 : p;
}

void entity_decode(struct text *out, const char *raw, size_t length) {
  const char *p = raw, *end = raw + length;
  while (p < end) {
    const char *next = NULL;
    if (*p == '&') {
      bool number = end - p > 1 && p[1] == '#';
      next = number ? numeric(out, p, end) : named(out, p, end);
    } else if (*p == '\0') {
      text_add_code_point(out, REPLACEMENT);
      next = p + 1;
    }
    if (!next) {
      text_add_byte(out, *p);
      next = p + 1;
    }
    p = next;
  }
}
