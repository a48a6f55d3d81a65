/* Frames of WebSocket beside libwslay's reading of the same bytes: what is taken has the same content there, and what
 * is no frame there is none here. The first byte of the input says whose frames they are, and in what pieces they come. */
#include <greenio/status.h>
#include <wslay/wslay.h>

#include "fuzz.h"
#include "websocket/frame.h"

/* Of all content, in its order: FNV-1a. */
static void digest_add(uint64_t *digest, const void *data, size_t size) {
  const uint8_t *bytes = data;
  for (size_t i = 0; i < size; i++) *digest = (*digest ^ bytes[i]) * UINT64_C(0x100000001b3);
}

/* ---- ours ------------------------------------------------------------------------------------ */

static bool has_room(void *arg) {
  (void)arg;
  return true;
}

static int on_message(void *arg, int opcode, const void *data, size_t size, bool last,
                      uint64_t more) {
  (void)opcode, (void)last, (void)more;
  digest_add(arg, data, size);
  return 0;
}

static void on_control(void *arg, int opcode, unsigned code, const char *data, size_t size) {
  uint8_t bytes[2] = {(uint8_t)(code >> 8), (uint8_t)code};
  if (opcode == GREEN__CLOSE && code != 1005) digest_add(arg, bytes, 2);
  digest_add(arg, data, size);
}

/* As green__frames_take(). What has come of a control frame that is not whole counts, as there. */
static int ours(const uint8_t *data, size_t size, unsigned what, uint64_t *digest) {
  static const struct green__frames_user user = {has_room, on_message, on_control};
  struct green__frames frames;
  size_t taken, each = what & 2 ? 1 + what / 4 : SIZE_MAX;
  int rc = 0;
  uint8_t *bytes = malloc(size + 1);
  ALWAYS(bytes);
  memcpy(bytes, data, size);
  green__frames_begin(&frames, what & 1, &user, digest);
  for (size_t given = 0; rc == 0 && given < size; given += taken)
    rc = green__frames_take(&frames, bytes + given, each < size - given ? each : size - given,
                            &taken);
  if (frames.in_frame && frames.opcode >= GREEN__CLOSE)
    digest_add(digest, frames.control, frames.control_size);
  free(bytes);
  return rc;
}

/* ---- libwslay's ------------------------------------------------------------------------------ */

struct source {
  const uint8_t *at, *end;
};

static ssize_t on_input(uint8_t *buffer, size_t size, int flags, void *arg) {
  struct source *source = arg;
  size_t left = (size_t)(source->end - source->at);
  (void)flags;
  if (!left) return -1;
  if (size > left) size = left;
  memcpy(buffer, source->at, size);
  source->at += size;
  return (ssize_t)size;
}

/* Up to the end, or to a close. False: it says that this is no frame. */
static bool theirs(const uint8_t *data, size_t size, uint64_t *digest) {
  static const struct wslay_frame_callbacks callbacks = {.recv_callback = on_input};
  struct source source = {data, data + size};
  wslay_frame_context_ptr context;
  uint64_t got = 0;
  ssize_t rc;
  ALWAYS(wslay_frame_context_init(&context, &callbacks, &source) == 0);
  for (;;) {
    struct wslay_frame_iocb frame = {0};
    const uint8_t *before = source.at;
    rc = wslay_frame_recv(context, &frame);
    if (rc == WSLAY_ERR_WANT_READ && source.at != before) continue; /* it had room for no more */
    if (rc < 0) break;
    digest_add(digest, frame.data, frame.data_length);
    got += frame.data_length;
    bool over = got == frame.payload_length;
    if (over) got = 0;
    if (over && frame.opcode == GREEN__CLOSE) break;
  }
  wslay_frame_context_free(context);
  return rc != WSLAY_ERR_PROTO;
}

/* ---- the input ------------------------------------------------------------------------------- */

static void compare(const uint8_t *data, size_t size, unsigned what) {
  uint64_t our_digest = UINT64_C(0xcbf29ce484222325), their_digest = our_digest;
  int rc = ours(data, size, what, &our_digest);
  bool good = theirs(data, size, &their_digest);
  if (rc < 0) return; /* it takes more than frames: order, UTF-8, codes */
  ALWAYS(good);
  ALWAYS(our_digest == their_digest);
}

/* Makes frames of the input that are mostly in order, since hardly any bytes are by themselves. */
static size_t frames_make(uint8_t *out, const uint8_t *data, size_t size, bool client) {
  size_t used = 0;
  bool open = false;
  while (size > 6) {
    unsigned how = data[0], length = data[1] % 200u;
    const uint8_t *mask = data + 2;
    data += 6;
    size -= 6;
    if (length > size) length = (unsigned)size;
    bool control = how % 8 == 7, last = control || how & 64;
    unsigned opcode = control ? GREEN__PING + (how >> 3) % 2 : open ? 0 : GREEN__BINARY;
    if (!control) open = !last;
    bool longer = length > 125 || how % 32 == 5; /* a form that is too long, too */
    out[used++] = (uint8_t)(opcode | (last ? 0x80 : 0));
    out[used++] = (uint8_t)((client ? 0 : 0x80) | (longer ? 126 : length));
    if (longer) out[used++] = 0, out[used++] = (uint8_t)length;
    if (!client) memcpy(out + used, mask, 4), used += 4;
    memcpy(out + used, data, length);
    used += length;
    data += length;
    size -= length;
  }
  return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size) return 0;
  unsigned what = *data++;
  size--;
  compare(data, size, what);
  uint8_t *frames = malloc(2 * size + 16);
  ALWAYS(frames);
  compare(frames, frames_make(frames, data, size, what & 1), what);
  free(frames);
  return 0;
}
