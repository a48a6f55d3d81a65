/* The tracks of a trace: a hash table by the task's number. */
#include "tracks.h"

#include <string.h>
#include "memory.h"

static struct green__track *track_slot(const struct green__tracks *tracks, uint32_t task) {
  size_t at = (size_t)task * 2654435769U;
  while (tracks->at[at & (tracks->size - 1)].used &&
         tracks->at[at & (tracks->size - 1)].task != task)
    at++;
  return &tracks->at[at & (tracks->size - 1)];
}

static bool tracks_grow(struct green__tracks *tracks) {
  struct green__tracks larger = {.size = tracks->size ? 2 * tracks->size : 64,
                                 .count = tracks->count};
  larger.at = green__alloc(larger.size * sizeof *larger.at);
  if (!larger.at) return false;
  memset(larger.at, 0, larger.size * sizeof *larger.at);
  for (size_t i = 0; i < tracks->size; i++)
    if (tracks->at[i].used) *track_slot(&larger, tracks->at[i].task) = tracks->at[i];
  green__free(tracks->at);
  *tracks = larger;
  return true;
}

struct green__track *green__track_find(struct green__tracks *tracks, uint32_t task) {
  if (2 * tracks->count >= tracks->size && !tracks_grow(tracks)) return NULL;
  struct green__track *track = track_slot(tracks, task);
  if (!track->used) {
    *track = (struct green__track){.task = task, .used = true};
    tracks->count++;
  }
  return track;
}

void green__tracks_close(struct green__tracks *tracks) {
  green__free(tracks->at);
}
