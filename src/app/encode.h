/* Codings of answers, of which represent.c chooses one: gzip and brotli, natively by zlib and libbrotli,
 * in Node by node:zlib. Bodies in pieces are gzip alone. */
#ifndef GREENIO_SRC_APP_ENCODE_H
#define GREENIO_SRC_APP_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

struct green__bytes;

enum green__encoding { GREEN__IDENTITY, GREEN__GZIP, GREEN__BROTLI };

/* Whether this host has it. */
bool green__encodes(enum green__encoding encoding);

/* Encodes a whole body: *out is the caller's, for green__free(). Natively other tasks run meanwhile if
 * it is large.
 *   0, GREEN_ENOMEM, GREEN_EIO: the library failed. */
int green__encode(enum green__encoding encoding, const void *data, size_t size, char **out,
                  size_t *out_size);

/* Natively: of a whole body so much is encoded before others have their turn. */
#define GREEN__ENCODE_SLICE ((size_t)128 << 10)
void green__encode_turn(void);
int green__encode_brotli(const void *data, size_t size, char **out, size_t *out_size);

/* A body in pieces, by gzip. All of a piece is there for the client once it is added to `out`.
 *   0, GREEN_ENOMEM, GREEN_EIO. */
struct green__encoder;
int green__encoder_new(struct green__encoder **out);
int green__encoder_piece(struct green__encoder *encoder, const void *data, size_t size,
                         struct green__bytes *out);
int green__encoder_end(struct green__encoder *encoder, struct green__bytes *out);
void green__encoder_free(struct green__encoder *encoder); /* NULL is allowed */

#endif
