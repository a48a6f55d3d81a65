/* Name lookups inside: what a host owes. */
#ifndef GREENIO_SRC_NET_NAMES_H
#define GREENIO_SRC_NET_NAMES_H

#include <greenio/future.h>
#include <greenio/names.h>
#include "shared.h"

GREEN__SHARED_BEGIN
/* A name of UTF-8 as name servers know it: 0; GREEN_ENOHOST: it is none, or longer than `room`
 * bytes less 64 hold. */
int green__name_to_ascii(const char *name, char *to, size_t room);
GREEN__SHARED_END

struct green__found {
  green_address *addresses;
  size_t count;
};

/* With room for `count`, which are then filled in and counted; NULL. */
struct green__found *green__found_new(size_t count);
void green__found_free(struct green__found *found);

/* Begins a lookup, which does not need the caller any more: a future that fails with a message, or
 * of which green__lookup_result() makes addresses. 0, GREEN_ENOMEM, GREEN_ENOTSUP. */
int green__lookup(const char *host, green_future **out);

/* Nobody waits for it any more. What the host still needs it keeps for itself. */
void green__lookup_drop(green_future *lookup);

/* Behind the message of one that was given up: what of the host may have been the reason, or "". */
extern const char green__lookup_limit[];

/* What a successful one has found, NULL: no memory. */
struct green__found *green__lookup_result(green_future *lookup, unsigned port);

#endif
