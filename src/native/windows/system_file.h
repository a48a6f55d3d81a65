/* As ../posix/system_file.h says; the path is UTF-8. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_FILE_H
#define GREENIO_SRC_NATIVE_SYSTEM_FILE_H

#include <errno.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

static inline FILE *green__system_append(const char *path) {
  wchar_t wide[MAX_PATH];
  if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, MAX_PATH))
    return _wfopen(wide, L"abN");
  errno = GetLastError() == ERROR_INSUFFICIENT_BUFFER ? ENAMETOOLONG : EINVAL;
  return NULL;
}

static inline int green__system_empty(FILE *file) {
  HANDLE handle = (HANDLE)_get_osfhandle(_fileno(file));
  if (GetFileType(handle) != FILE_TYPE_DISK) return 0;
  errno = _chsize_s(_fileno(file), 0);
  return errno ? -1 : 0;
}

static inline void green__system_unset(const char *name) {
  _putenv_s(name, "");
}

#endif
