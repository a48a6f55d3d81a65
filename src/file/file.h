/* Files inside: what the hosts share. */
#ifndef GREENIO_SRC_FILE_FILE_H
#define GREENIO_SRC_FILE_FILE_H

#include <greenio/file.h>

/* Gathers a directory's entries into the one block that the caller gets. */
struct green__listing {
  green_directory_entry *entries; /* names are offsets until the end */
  char *names;
  size_t count, room, size, names_room;
};
int green__listing_add(struct green__listing *listing, const char *name, enum green_file_type type);
int green__listing_end(struct green__listing *listing, green_directory_entry **out, size_t *count);
void green__listing_free(struct green__listing *listing);

/* Whether a file can be opened so: 0, or GREEN_EINVAL with a message that names the flag. */
int green__file_check(const char *path, int flags);

/* Whether a part of a path names the file of that name and nothing else on this system. */
bool green__file_is_plain(const char *name, size_t size);

/* Whether a close with that outcome has closed the file, well or not. */
bool green__file_closed(int status);

/* The status; a failure leaves a message that names the path. */
int green__file_failed(int status, const char *path);

#endif
