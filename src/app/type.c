/* Content types by a file's name. */
#include <string.h>
#include "app.h"

bool green__type_gains(const char *type) {
  static const char *const types[] = {
      "application/javascript", "application/json", "application/xml", "application/wasm",
      "application/x-ndjson",   "font/otf",         "font/ttf",        "image/bmp",
      "image/svg+xml",          "image/x-icon",
  };
  size_t size = strcspn(type, "; \t");
  if (green__is_word(type, size, "text/event-stream")) return false;
  if (size > 5 && green__same_name(type, "text/", 5)) return true;
  if (size > 5 && green__same_name(type + size - 5, "+json", 5)) return true;
  if (size > 4 && green__same_name(type + size - 4, "+xml", 4)) return true;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (green__is_word(type, size, types[i])) return true;
  return false;
}

const char *green__type_of(const char *name) {
  static const char *const types[][2] = {
      {"html", "text/html; charset=utf-8"},
      {"htm", "text/html; charset=utf-8"},
      {"css", "text/css; charset=utf-8"},
      {"js", "text/javascript; charset=utf-8"},
      {"mjs", "text/javascript; charset=utf-8"},
      {"json", "application/json"},
      {"map", "application/json"},
      {"webmanifest", "application/manifest+json"},
      {"wasm", "application/wasm"},
      {"txt", "text/plain; charset=utf-8"},
      {"md", "text/markdown; charset=utf-8"},
      {"csv", "text/csv; charset=utf-8"},
      {"xml", "application/xml"},
      {"svg", "image/svg+xml"},
      {"png", "image/png"},
      {"jpg", "image/jpeg"},
      {"jpeg", "image/jpeg"},
      {"gif", "image/gif"},
      {"webp", "image/webp"},
      {"avif", "image/avif"},
      {"ico", "image/x-icon"},
      {"woff", "font/woff"},
      {"woff2", "font/woff2"},
      {"ttf", "font/ttf"},
      {"otf", "font/otf"},
      {"mp3", "audio/mpeg"},
      {"ogg", "audio/ogg"},
      {"wav", "audio/wav"},
      {"mp4", "video/mp4"},
      {"webm", "video/webm"},
      {"pdf", "application/pdf"},
      {"zip", "application/zip"},
      {"gz", "application/gzip"},
  };
  const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
  if (dot)
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
      if (green__is_word(dot + 1, strlen(dot + 1), types[i][0])) return types[i][1];
  return "application/octet-stream";
}
