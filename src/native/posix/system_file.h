/* Files of the C library's that no child inherits, and the environment, as the system has them. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_FILE_H
#define GREENIO_SRC_NATIVE_SYSTEM_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* To be written to at its end, created if there is none. NULL, with errno. */
static inline FILE *green__system_append(const char *path) {
  return fopen(path, "ae");
}

/* Empties it, where it is one that keeps what is written. 0, or -1 with errno. */
static inline int green__system_empty(FILE *file) {
  struct stat status;
  if (fstat(fileno(file), &status) != 0) return -1;
  return S_ISREG(status.st_mode) ? ftruncate(fileno(file), 0) : 0;
}

static inline void green__system_unset(const char *name) {
  unsetenv(name);
}

#endif
