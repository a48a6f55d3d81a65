/* As ../posix/system_file.h says; the path is UTF-8. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_FILE_H
#define GREENIO_SRC_NATIVE_SYSTEM_FILE_H

#include <errno.h>
#include <stdio.h>
#include <windows.h>

static inline FILE *green__system_create(const char *path) {
  wchar_t wide[MAX_PATH];
  if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, MAX_PATH))
    return _wfopen(wide, L"wbN");
  errno = GetLastError() == ERROR_INSUFFICIENT_BUFFER ? ENAMETOOLONG : EINVAL;
  return NULL;
}

#endif
