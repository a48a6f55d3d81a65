/* Bytes in a row, between the host and the task: added behind, taken in front. */
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"

#define FIRST ((size_t)1024)

int green__bytes_fit(struct green__bytes *bytes, size_t size) {
  size_t held = green__bytes_held(bytes);
  if (size < bytes->room - bytes->end) return 0;
  if (size > SIZE_MAX / 4 || held > SIZE_MAX / 4) return GREEN_ENOMEM;
  if (size < bytes->room - held && bytes->start >= held) {
    memcpy(bytes->data, bytes->data + bytes->start, held);
  } else {
    size_t room = bytes->room ? bytes->room * 2 : FIRST;
    if (room <= held + size) room = held + size + 1;
    char *data = green__alloc(room);
    if (!data) return GREEN_ENOMEM;
    if (held) memcpy(data, bytes->data + bytes->start, held);
    green__free(bytes->data);
    bytes->data = data;
    bytes->room = room;
  }
  bytes->start = 0;
  bytes->end = held;
  return 0;
}

int green__bytes_add(struct green__bytes *bytes, const void *data, size_t size) {
  int rc = green__bytes_fit(bytes, size);
  if (rc < 0) return rc;
  if (size) memcpy(bytes->data + bytes->end, data, size);
  bytes->end += size;
  return 0;
}

void green__bytes_take(struct green__bytes *bytes, size_t size) {
  bytes->start += size;
  if (bytes->start == bytes->end) bytes->start = bytes->end = 0;
}

void green__bytes_free(struct green__bytes *bytes) {
  green__free(bytes->data);
  *bytes = (struct green__bytes){0};
}
