/* A file of the C library's that no child inherits: created or emptied, to be written to. NULL, with errno. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_FILE_H
#define GREENIO_SRC_NATIVE_SYSTEM_FILE_H

#include <stdio.h>

static inline FILE *green__system_create(const char *path) {
  return fopen(path, "we");
}

#endif
