/* Codings natively: gzip by zlib, and brotli (encode_brotli.c) where greenio was built with libbrotli. */
#include "encode.h"

#include <string.h>
#include <zlib.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "app.h"
#include "core/memory.h"

#define GZIP 16                /* for zlib, added to the window's bits */
#define ROOM ((size_t)4 << 10) /* for what comes of a piece, at once */

bool green__encodes(enum green__encoding encoding) {
#ifdef GREENIO_BROTLI
  return encoding == GREEN__GZIP || encoding == GREEN__BROTLI;
#else
  return encoding == GREEN__GZIP;
#endif
}

static void *zlib_alloc(void *opaque, unsigned count, unsigned size) {
  (void)opaque;
  return green__alloc((size_t)count * size);
}

static void zlib_free(void *opaque, void *memory) {
  (void)opaque;
  green__free(memory);
}

static int zlib_begin(z_stream *z, int window, int memory) {
  *z = (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free};
  int rc =
      deflateInit2(z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window + GZIP, memory, Z_DEFAULT_STRATEGY);
  return rc == Z_OK ? 0 : rc == Z_MEM_ERROR ? GREEN_ENOMEM : GREEN_EIO;
}

void green__encode_turn(void) {
  GREEN_SHIELD {
    green_yield();
  }
}

static int gzip_whole(const void *data, size_t size, char **out, size_t *out_size) {
  z_stream z;
  int rc = zlib_begin(&z, 15, 8);
  if (rc < 0) return rc;
  size_t room = deflateBound(&z, (uLong)size);
  char *coded = green__alloc(room);
  z.next_in = (void *)(uintptr_t)data;
  z.next_out = (void *)coded;
  z.avail_out = (uInt)room;
  for (size_t left = size; coded && rc == Z_OK;) {
    size_t slice = left < GREEN__ENCODE_SLICE ? left : GREEN__ENCODE_SLICE;
    z.avail_in = (uInt)slice;
    left -= slice;
    rc = deflate(&z, left ? Z_NO_FLUSH : Z_FINISH);
    if (left) green__encode_turn();
  }
  *out_size = room - z.avail_out;
  deflateEnd(&z);
  if (coded && rc == Z_STREAM_END) {
    *out = coded;
    return 0;
  }
  green__free(coded);
  return coded ? GREEN_EIO : GREEN_ENOMEM;
}

int green__encode(enum green__encoding encoding, const void *data, size_t size, char **out,
                  size_t *out_size) {
  if (size > UINT32_MAX / 2) return GREEN_EIO; /* zlib counts in unsigned int */
#ifdef GREENIO_BROTLI
  if (encoding == GREEN__BROTLI) return green__encode_brotli(data, size, out, out_size);
#endif
  return encoding == GREEN__GZIP ? gzip_whole(data, size, out, out_size) : GREEN_EIO;
}

/* ---- pieces ---------------------------------------------------------------------------------- */

struct green__encoder {
  z_stream z;
};

int green__encoder_new(struct green__encoder **out) {
  struct green__encoder *encoder = *out = green__alloc(sizeof *encoder);
  if (!encoder) return GREEN_ENOMEM;
  int rc = zlib_begin(&encoder->z, 13, 7); /* some 100 KB, as long as the body goes on */
  if (rc == 0) return 0;
  green__free(encoder);
  *out = NULL;
  return rc;
}

static int encoder_run(struct green__encoder *encoder, int flush, struct green__bytes *out) {
  z_stream *z = &encoder->z;
  int rc;
  do {
    if (green__bytes_fit(out, ROOM) < 0) return GREEN_ENOMEM;
    z->next_out = (void *)(out->data + out->end);
    z->avail_out = ROOM;
    rc = deflate(z, flush);
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) return GREEN_EIO;
    out->end += ROOM - z->avail_out;
  } while (!z->avail_out && rc != Z_STREAM_END);
  return 0;
}

int green__encoder_piece(struct green__encoder *encoder, const void *data, size_t size,
                         struct green__bytes *out) {
  const char *at = data;
  while (size) {
    size_t slice = size < GREEN__ENCODE_SLICE ? size : GREEN__ENCODE_SLICE;
    encoder->z.next_in = (void *)(uintptr_t)at;
    encoder->z.avail_in = (uInt)slice;
    at += slice;
    size -= slice;
    int rc = encoder_run(encoder, size ? Z_NO_FLUSH : Z_SYNC_FLUSH, out);
    if (rc < 0) return rc;
  }
  return 0;
}

int green__encoder_end(struct green__encoder *encoder, struct green__bytes *out) {
  encoder->z.avail_in = 0;
  return encoder_run(encoder, Z_FINISH, out);
}

void green__encoder_free(struct green__encoder *encoder) {
  if (!encoder) return;
  deflateEnd(&encoder->z);
  green__free(encoder);
}
