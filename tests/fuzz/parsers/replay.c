/* In libFuzzer's place: runs a target on inputs that are there.
 *
 *   fuzz_NAME FILE-OR-FOLDER ...     the files, and the files in the folders
 *   fuzz_NAME --random SEED COUNT    so many inputs of random bytes and of pieces of markup
 */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { RANDOM_MOST = 400 };

static unsigned long inputs;

static void run_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(2);
  }
  fseek(file, 0, SEEK_END);
  size_t size = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(size + 1);
  if (!bytes || fread(bytes, 1, size, file) != size) abort();
  fclose(file);
  LLVMFuzzerTestOneInput(bytes, size);
  free(bytes);
  inputs++;
}

static void run_path(const char *path) {
  DIR *folder = opendir(path);
  if (!folder) {
    run_file(path);
    return;
  }
  for (struct dirent *entry; (entry = readdir(folder));) {
    char inner[4096];
    struct stat status;
    snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
    if (stat(inner, &status) == 0 && S_ISREG(status.st_mode)) run_file(inner);
  }
  closedir(folder);
}

static uint32_t next(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

/* Mostly pieces that parsers look for, some bytes between them. */
static size_t random_input(uint8_t *out, uint32_t *seed) {
  static const char *const pieces[] = {
      "<",
      ">",
      "</",
      "/>",
      "<!--",
      "-->",
      "<a href=",
      "\"",
      "'",
      "&amp;",
      "&#x",
      "&#",
      ";",
      "=",
      "<script",
      "</script",
      "<svg>",
      "http://",
      "https",
      "://",
      ":",
      "/",
      "..",
      ".",
      "?",
      "#",
      "@",
      "[",
      "]",
      "::1",
      "%2",
      "%41",
      ":80",
      ":65535",
      "\\",
      " ",
      "\n",
      "\r\n",
      "\t",
      "a",
      "id=",
      "<base",
      "<title>",
      "</svg>",
      "<meta ",
      "url=",
      "srcset=",
      ", ",
      " 2x",
      "name=",
      "refresh",
      "content=",
      "Z",
      "localhost",
      "0",
      "99999999",
      "CDATA[",
      "<![",
      "]]>",
      "style",
      "&lt",
      "text:",
      ":~:text=",
      "GET / HTTP/1.1\r\n",
      "POST /a HTTP/1.1\r\n",
      "Host: a\r\n",
      "Content-Length: 3\r\n",
      "\r\n\r\n",
      "Transfer-Encoding: chunked\r\n\r\n",
      "3\r\nabc\r\n",
      "3;",
      "0\r\n",
      "HTTP/1.0",
      "Connection: close\r\n",
  };
  size_t size = 0;
  for (uint32_t count = next(seed) % 60; count; count--) {
    if (next(seed) % 8 == 0) {
      out[size++] = (uint8_t)next(seed);
      continue;
    }
    const char *piece = pieces[next(seed) % (sizeof pieces / sizeof *pieces)];
    size_t length = strlen(piece);
    if (size + length > RANDOM_MOST) break;
    memcpy(out + size, piece, length);
    size += length;
  }
  return size;
}

static void run_random(uint32_t seed, unsigned long count) {
  uint8_t input[RANDOM_MOST + 64];
  for (; inputs < count; inputs++) LLVMFuzzerTestOneInput(input, random_input(input, &seed));
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "--random") == 0)
    run_random((uint32_t)strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
  else
    for (int i = 1; i < argc; i++) run_path(argv[i]);
  printf("%lu inputs\n", inputs);
  return inputs ? 0 : 2;
}
