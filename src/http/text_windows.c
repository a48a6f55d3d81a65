/* Under Windows, the charsets that text.c does not know are the system's code pages. What is not valid in one comes out as
 * the system has it: mostly U+FFFD, in those of East Asia also another sign. */
#include "http.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <greenio/status.h>
#include "core/memory.h"

static const struct {
  const char *charset;
  UINT page;
} pages[] = {
    {"big5", 950},           {"euc-jp", 20932},      {"euc-kr", 949},
    {"gb18030", 54936},      {"gb2312", 936},        {"gbk", 936},
    {"ibm866", 866},         {"koi8-r", 20866},      {"koi8-u", 21866},
    {"ks_c_5601-1987", 949}, {"macintosh", 10000},   {"shift-jis", 932},
    {"shift_jis", 932},      {"tis-620", 874},       {"windows-874", 874},
    {"latin2", 28592},       {"iso-2022-jp", 50220}, {"cp866", 866},
    {"us-ascii", 20127},     {"windows-31j", 932},   {"x-sjis", 932},
};

/* The number behind the prefix, from `low` to `high`; 0. */
static UINT numbered(const char *charset, const char *prefix, UINT low, UINT high) {
  size_t length = strlen(prefix);
  if (_strnicmp(charset, prefix, length) != 0) return 0;
  char *end;
  unsigned long number = strtoul(charset + length, &end, 10);
  return *end || number < low || number > high ? 0 : (UINT)number;
}

/* 0: there is none. */
static UINT page_of(const char *charset) {
  UINT number = numbered(charset, "iso-8859-", 2, 16);
  if (!number) number = numbered(charset, "iso8859-", 2, 16);
  if (number) return 28590 + number;
  if ((number = numbered(charset, "windows-", 1250, 1258))) return number;
  if ((number = numbered(charset, "cp", 1250, 1258))) return number;
  for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
    if (_stricmp(charset, pages[i].charset) == 0) return pages[i].page;
  return 0;
}

/* UTF-16 of what a code page has; its length, -1: out of memory. */
static int widen(UINT page, const char *bytes, int size, wchar_t **out) {
  int length = size ? MultiByteToWideChar(page, 0, bytes, size, NULL, 0) : 0;
  *out = green__alloc(((size_t)length + 1) * sizeof **out);
  if (!*out) return -1;
  return length ? MultiByteToWideChar(page, 0, bytes, size, *out, length) : 0;
}

int green__charset_decode(const char *charset, const char *bytes, size_t size, char **out,
                          size_t *out_size) {
  UINT page = page_of(charset);
  if (!page || !IsValidCodePage(page)) return GREEN_ENOTSUP;
  if (size > INT_MAX / 4) return GREEN_ENOMEM;
  wchar_t *wide;
  int length = widen(page, bytes, (int)size, &wide);
  if (length < 0) return GREEN_ENOMEM;
  int count = length ? WideCharToMultiByte(CP_UTF8, 0, wide, length, NULL, 0, NULL, NULL) : 0;
  char *text = green__alloc((size_t)count + 1);
  if (text && count) WideCharToMultiByte(CP_UTF8, 0, wide, length, text, count, NULL, NULL);
  green__free(wide);
  if (!text) return GREEN_ENOMEM;
  text[count] = '\0';
  *out = text;
  *out_size = (size_t)count;
  return 0;
}
