/* What is checked of files before a host sees it, and the messages of failures. */
#include "file.h"

#include <greenio/status.h>
#include <greenio/task.h>

#define KNOWN                                                                                      \
  (GREEN_FILE_READ | GREEN_FILE_WRITE | GREEN_FILE_CREATE | GREEN_FILE_EXCLUSIVE |                 \
   GREEN_FILE_TRUNCATE)

int green__file_failed(int status, const char *path) {
  return status < 0 && status != GREEN_EMAIN
             ? green_fail(status, "%s: %s", path, green_strerror(status))
             : status;
}

bool green__file_closed(int status) {
  return status != GREEN_EMAIN && status != GREEN_ENESTED && status != GREEN_ENOMEM;
}

int green__file_check(const char *path, int flags) {
  const char *wrong = NULL;
  if (flags & ~KNOWN)
    wrong = "a flag is not one of enum green_file_flags";
  else if (!(flags & (GREEN_FILE_READ | GREEN_FILE_WRITE)))
    wrong = "neither GREEN_FILE_READ nor GREEN_FILE_WRITE";
  else if ((flags & GREEN_FILE_TRUNCATE) && !(flags & GREEN_FILE_WRITE))
    wrong = "GREEN_FILE_TRUNCATE without GREEN_FILE_WRITE";
  else if ((flags & GREEN_FILE_EXCLUSIVE) && !(flags & GREEN_FILE_CREATE))
    wrong = "GREEN_FILE_EXCLUSIVE without GREEN_FILE_CREATE";
  return wrong ? green_fail(GREEN_EINVAL, "%s: %s", path, wrong) : 0;
}
