#include "html.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>

static void add(struct html *html, const char *data, size_t size) {
  if (html->failed) return;
  if (html->room - html->size < size) {
    size_t room = (html->size + size) * 2 + 4096;
    char *larger = realloc(html->data, room);
    if (!larger) {
      html->failed = true;
      return;
    }
    html->data = larger;
    html->room = room;
  }
  memcpy(html->data + html->size, data, size);
  html->size += size;
}

static void add_string(struct html *html, const char *string) {
  add(html, string, strlen(string));
}

static const char *escape_of(char character) {
  switch (character) {
  case '&':
    return "&amp;";
  case '<':
    return "&lt;";
  case '>':
    return "&gt;";
  case '"':
    return "&quot;";
  case '\'':
    return "&#39;";
  }
  return NULL;
}

static void add_character(struct html *html, const char *at) {
  const char *escape = escape_of(*at);
  if (escape)
    add_string(html, escape);
  else
    add(html, at, 1);
}

void html_marked(struct html *html, const char *text, char mark, char unmark) {
  for (; text && *text; text++) {
    if (*text == mark)
      add_string(html, "<mark>");
    else if (*text == unmark)
      add_string(html, "</mark>");
    else
      add_character(html, text);
  }
}

static void add_number(struct html *html, int64_t number) {
  char text[24];
  snprintf(text, sizeof text, "%lld", (long long)number);
  add_string(html, text);
}

void html_begin(struct html *html, const char *path) {
  html->depth = 0;
  for (path++; *path; path++) html->depth += *path == '/';
}

static void add_root(struct html *html) {
  add_string(html, "./");
  for (int i = 0; i < html->depth; i++) add_string(html, "../");
}

void html_print(struct html *html, const char *format, ...) {
  va_list list;
  va_start(list, format);
  for (const char *next; *format; format = next) {
    next = strchr(format, '%');
    if (!next) next = format + strlen(format);
    add(html, format, (size_t)(next - format));
    if (!*next) break;
    switch (next[1]) {
    case 's':
      html_marked(html, va_arg(list, const char *), 0, 0);
      break;
    case 'd':
      add_number(html, va_arg(list, int64_t));
      break;
    case '/':
      add_root(html);
      break;
    default:
      add(html, next + 1, 1);
    }
    next += 2;
  }
  va_end(list);
}

int html_send(struct html *html, green_response *response, int status) {
  if (!html->failed)
    return green_response_give(response, status, "text/html; charset=utf-8", html->data, html->size,
                               free);
  free(html->data);
  return GREEN_ENOMEM;
}
