/* Names that mean another file, or a device, under Windows. */
#include <ctype.h>
#include <string.h>
#include "file.h"

static bool is_device(const char *name, size_t size) {
  static const char *const devices[] = {"con", "prn", "aux", "nul", "conin$", "conout$"};
  size_t stem = 0;
  while (stem < size && name[stem] != '.') stem++;
  while (stem && name[stem - 1] == ' ') stem--;
  for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
    if (strlen(devices[i]) == stem && _strnicmp(name, devices[i], stem) == 0) return true;
  bool port = stem >= 4 && (_strnicmp(name, "com", 3) == 0 || _strnicmp(name, "lpt", 3) == 0);
  /* a digit, also one of the three that are raised, which UTF-8 has in two bytes */
  return port && ((stem == 4 && isdigit((unsigned char)name[3])) || (stem == 5 && name[3] == '\xc2'));
}

/* A short name, such as "GIT~1" for ".git". */
static bool is_short(const char *name, size_t size) {
  for (size_t i = 0; i + 1 < size; i++)
    if (name[i] == '~' && isdigit((unsigned char)name[i + 1])) return true;
  return false;
}

/* The system drops dots and spaces at the end. */
bool green__file_is_plain(const char *name, size_t size) {
  if (!size || name[size - 1] == '.' || name[size - 1] == ' ') return false;
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)name[i] < ' ' || strchr("<>\"|?*:\\", name[i])) return false;
  return !is_device(name, size) && !is_short(name, size);
}
