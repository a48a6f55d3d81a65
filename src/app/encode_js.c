/* Codings in Node, by node:zlib, which app.mjs calls. It has no public function that deflates a body piece
 * by piece and returns at once. But a piece that is deflated alone, with what came before it as the
 * dictionary, and flushed, continues the stream of those before it; so the gzip around them is written
 * here. Answers in a page or a service worker are never encoded: no network is between. */
#include "encode.h"

#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "app_js.h"
#include "core/memory.h"

#define HISTORY ((size_t)32 << 10) /* how far back deflate refers */

bool green__encodes(enum green__encoding encoding) {
  return encoding != GREEN__IDENTITY;
}

int green__encode(enum green__encoding encoding, const void *data, size_t size, char **out,
                  size_t *out_size) {
  int how = encoding == GREEN__BROTLI ? GREEN__JS_BROTLI : GREEN__JS_GZIP;
  int rc = green__js_app_encode(how, data, size, NULL, 0);
  if (rc < 0) return rc;
  char *coded = green__alloc((size_t)rc);
  if (!coded) return GREEN_ENOMEM;
  green__js_app_encoded(coded);
  *out = coded;
  *out_size = (size_t)rc;
  return 0;
}

/* ---- pieces ---------------------------------------------------------------------------------- */

struct green__encoder {
  bool begun;
  uint32_t crc, size;
  size_t held;
  char history[HISTORY];
};

int green__encoder_new(struct green__encoder **out) {
  struct green__encoder *encoder = *out = green__alloc(sizeof *encoder);
  if (!encoder) return GREEN_ENOMEM;
  encoder->begun = false;
  encoder->crc = encoder->size = 0;
  encoder->held = 0;
  return 0;
}

/* Four bits at a time. */
static uint32_t crc_add(uint32_t crc, const unsigned char *data, size_t size) {
  static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                     0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                     0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                     0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  crc = ~crc;
  for (size_t i = 0; i < size; i++) {
    crc = table[(crc ^ data[i]) & 15] ^ (crc >> 4);
    crc = table[(crc ^ (data[i] >> 4)) & 15] ^ (crc >> 4);
  }
  return ~crc;
}

static void history_add(struct green__encoder *encoder, const char *data, size_t size) {
  size_t taken = size < HISTORY ? size : HISTORY, room = HISTORY - taken;
  size_t kept = encoder->held < room ? encoder->held : room;
  memmove(encoder->history, encoder->history + encoder->held - kept, kept);
  memcpy(encoder->history + kept, data + size - taken, taken);
  encoder->held = kept + taken;
}

static int head_add(struct green__encoder *encoder, struct green__bytes *out) {
  static const char head[10] = {0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
  if (encoder->begun) return 0;
  encoder->begun = true;
  return green__bytes_add(out, head, sizeof head);
}

int green__encoder_piece(struct green__encoder *encoder, const void *data, size_t size,
                         struct green__bytes *out) {
  if (!size) return 0;
  if (head_add(encoder, out) < 0) return GREEN_ENOMEM;
  int rc = green__js_app_encode(GREEN__JS_DEFLATE, data, size, encoder->history, encoder->held);
  if (rc < 0) return rc;
  if (green__bytes_fit(out, (size_t)rc) < 0) return GREEN_ENOMEM;
  green__js_app_encoded(out->data + out->end);
  out->end += (size_t)rc;
  encoder->crc = crc_add(encoder->crc, data, size);
  encoder->size += (uint32_t)size;
  history_add(encoder, data, size);
  return 0;
}

int green__encoder_end(struct green__encoder *encoder, struct green__bytes *out) {
  unsigned char end[10] = {3, 0}; /* an empty block, which is the last */
  for (int i = 0; i < 4; i++) {
    end[2 + i] = (unsigned char)(encoder->crc >> (8 * i));
    end[6 + i] = (unsigned char)(encoder->size >> (8 * i));
  }
  int rc = head_add(encoder, out);
  return rc < 0 ? rc : green__bytes_add(out, end, sizeof end);
}

void green__encoder_free(struct green__encoder *encoder) {
  green__free(encoder);
}
