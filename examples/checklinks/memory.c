/* Memory that is there, or the process ends; see memory.h. */
#include "memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_end(void *memory) {
  if (memory) return memory;
  fputs("checklinks: out of memory\n", stderr);
  exit(2);
}

void *memory_new(size_t size) {
  return or_end(calloc(1, size ? size : 1));
}

void *memory_resize(void *memory, size_t size) {
  return or_end(realloc(memory, size ? size : 1));
}

char *memory_copy(const char *bytes, size_t length) {
  char *copy = memory_new(length + 1);
  if (length) memcpy(copy, bytes, length);
  return copy;
}

void *memory_grow(void *items, size_t count, size_t item_size) {
  if (count & (count - 1)) return items; /* full only at 0, 1, 2, 4, 8 ... */
  return memory_resize(items, (count ? count * 2 : 1) * item_size);
}

static void reserve(struct text *text, size_t more) {
  size_t needed = text->length + more + 1;
  if (needed <= text->capacity) return;
  size_t capacity = text->capacity ? text->capacity : 32;
  while (capacity < needed) capacity *= 2;
  text->bytes = memory_resize(text->bytes, capacity);
  text->capacity = capacity;
}

void text_add(struct text *text, const char *bytes, size_t length) {
  reserve(text, length);
  if (length) memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
  text->bytes[text->length] = '\0';
}

void text_add_string(struct text *text, const char *string) {
  text_add(text, string, strlen(string));
}

void text_add_byte(struct text *text, char byte) {
  text_add(text, &byte, 1);
}

void text_add_format(struct text *text, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  reserve(text, (size_t)length);
  vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
  va_end(again);
  text->length += (size_t)length;
}

void text_add_code_point(struct text *text, unsigned long code) {
  char utf8[4];
  size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
  for (size_t i = length - 1; i > 0; i--) {
    utf8[i] = (char)(0x80 | (code & 0x3F));
    code >>= 6;
  }
  utf8[0] = (char)(lead[length] | code);
  text_add(text, utf8, length);
}

void text_cut(struct text *text, size_t length) {
  if (length >= text->length) return;
  text->length = length;
  text->bytes[length] = '\0';
}

char *text_take(struct text *text) {
  reserve(text, 0);
  char *bytes = text->bytes;
  bytes[text->length] = '\0';
  *text = (struct text){0};
  return bytes;
}
