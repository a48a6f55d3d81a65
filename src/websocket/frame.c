/* Frames, and what a connection of them may be like; see frame.h. */
#include "frame.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <greenio/status.h>

#define FIN    0x80u
#define RSV    0x70u
#define MASKED 0x80u

void green__frames_begin(struct green__frames *frames, bool client,
                         const struct green__frames_user *user, void *arg) {
  memset(frames, 0, sizeof *frames);
  frames->client = client;
  frames->user = user;
  frames->arg = arg;
}

/* ---- what is wrong --------------------------------------------------------------------------- */

static int frames_fail(struct green__frames *frames, int status, unsigned code, const char *why) {
  frames->code = code;
  frames->why = why;
  return status;
}

static int go_against(struct green__frames *frames, const char *why) {
  return frames_fail(frames, GREEN_EPROTO, 1002, why);
}

static int not_utf8(struct green__frames *frames, const char *why) {
  return frames_fail(frames, GREEN_EPROTO, 1007, why);
}

/* ---- masks ----------------------------------------------------------------------------------- */

void green__frame_turn(void *data, size_t size, const uint8_t mask[4], size_t turned) {
  typedef uint32_t words __attribute__((vector_size(32)));
  unsigned char *at = data, *end = at + size, key[4];
  words some;
  uint32_t keys;
  for (size_t i = 0; i < sizeof key; i++) key[i] = mask[(turned + i) % 4];
  memcpy(&keys, key, sizeof keys);
  for (; (size_t)(end - at) >= sizeof some; at += sizeof some) {
    memcpy(&some, at, sizeof some);
    some ^= keys;
    memcpy(at, &some, sizeof some);
  }
  for (size_t i = 0; at < end; i++) *at++ ^= key[i % 4];
}

/* Of a thread: random bytes for the next masks. */
static _Thread_local struct {
  unsigned char bytes[256];
  size_t left;
} masks;

/* A child of fork() must not use its parent's. */
static void masks_forget(void) {
  masks.left = 0;
}

static void masks_watch_forks(void) {
  pthread_atfork(NULL, NULL, masks_forget);
}

bool green__frame_mask(uint8_t mask[4]) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  while (masks.left < 4) {
    pthread_once(&once, masks_watch_forks);
    ssize_t rc = getrandom(masks.bytes, sizeof masks.bytes, 0); /* so few come whole */
    if (rc > 0) masks.left = (size_t)rc;
    if (rc < 0 && errno != EINTR) return false;
  }
  masks.left -= 4;
  memcpy(mask, masks.bytes + masks.left, 4);
  return true;
}

/* ---- heads ----------------------------------------------------------------------------------- */

size_t green__frame_head(unsigned char head[GREEN__FRAME_HEAD], int opcode, uint64_t size,
                         const uint8_t mask[4]) {
  unsigned bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
  unsigned char *at = head;
  *at++ = (unsigned char)(FIN | (unsigned)opcode);
  *at++ = (unsigned char)((bytes == 0 ? size : bytes == 2 ? 126 : 127) | (mask ? MASKED : 0));
  while (bytes) *at++ = (unsigned char)(size >> 8 * --bytes);
  if (!mask) return (size_t)(at - head);
  memcpy(at, mask, 4);
  return (size_t)(at - head) + 4;
}

/* Bytes of the length behind the first two. */
static unsigned length_bytes(const unsigned char *head) {
  unsigned length = head[1] & ~MASKED;
  return length < 126 ? 0 : length == 126 ? 2 : 8;
}

/* What its first two bytes say. */
static int start_check(struct green__frames *frames, const unsigned char *head) {
  unsigned opcode = head[0] & 15;
  bool masked = head[1] & MASKED, control = opcode >= GREEN__CLOSE;
  if (head[0] & RSV)
    return go_against(frames, "a frame with a bit of no extension that was agreed");
  if (masked == frames->client)
    return go_against(frames, masked ? "a frame of a server's with a mask"
                                     : "a frame of a client's without a mask");
  if ((opcode > GREEN__BINARY && !control) || opcode > GREEN__PONG)
    return go_against(frames, "a frame of no type");
  if (control && !(head[0] & FIN)) return go_against(frames, "a ping, pong or close in fragments");
  if (control && (head[1] & ~MASKED) > GREEN__CONTROL_MOST)
    return go_against(frames, "a ping, pong or close of more than 125 bytes");
  if (opcode == GREEN__CONTINUATION && !frames->message)
    return go_against(frames, "a frame goes on with a message that has not begun");
  if ((opcode == GREEN__TEXT || opcode == GREEN__BINARY) && frames->message)
    return go_against(frames, "a message begins within another one");
  return 0;
}

static uint64_t head_length(const unsigned char *head) {
  unsigned bytes = length_bytes(head);
  uint64_t length = bytes ? 0 : head[1] & ~MASKED;
  for (unsigned i = 0; i < bytes; i++) length = length << 8 | head[2 + i];
  return length;
}

/* The length has one form, the shortest. */
static int length_check(struct green__frames *frames, const unsigned char *head) {
  unsigned bytes = length_bytes(head);
  uint64_t length = head_length(head);
  if ((bytes == 2 && length < 126) || (bytes == 8 && length < 65536))
    return go_against(frames, "a frame whose length has more bytes than it needs");
  if (length >> 63) return go_against(frames, "a frame of a length that cannot be");
  return 0;
}

/* What those of its bytes say that have come. */
static int head_check(struct green__frames *frames, const unsigned char *head, size_t size) {
  int rc = size < 2 ? 0 : start_check(frames, head);
  return rc == 0 && size >= 2 + length_bytes(head) ? length_check(frames, head) : rc;
}

static void frame_begin(struct green__frames *frames, const unsigned char *head) {
  frames->left = head_length(head);
  if (!frames->client) memcpy(frames->mask, head + 2 + length_bytes(head), 4);
  frames->in_frame = true;
  frames->fin = head[0] & FIN;
  frames->opcode = head[0] & 15;
  frames->turned = frames->head_size = frames->control_size = 0;
  if (frames->opcode == GREEN__TEXT || frames->opcode == GREEN__BINARY) {
    frames->message = frames->opcode;
    frames->utf8 = (struct green__utf8){0};
  }
}

static size_t head_bytes(const struct green__frames *frames, const unsigned char *head) {
  return 2 + length_bytes(head) + (frames->client ? 0u : 4u);
}

/* Of one that is all there. */
static int head_whole(struct green__frames *frames, const unsigned char *head) {
  int rc = head_check(frames, head, GREEN__FRAME_HEAD);
  if (rc < 0) return rc;
  frame_begin(frames, head);
  return (int)head_bytes(frames, head);
}

/* Bytes of the next head until more can be said of it. */
static size_t head_needs(const struct green__frames *frames) {
  return frames->head_size < 2 ? 2 : head_bytes(frames, frames->head);
}

/* Takes what belongs to a head, which begins its frame once it is whole: how many bytes, or what is
 * wrong with it, as soon as that shows. */
static int head_take(struct green__frames *frames, const unsigned char *data, size_t size) {
  size_t taken = 0, needed;
  if (!frames->head_size && size >= GREEN__FRAME_HEAD) return head_whole(frames, data);
  while (frames->head_size < (needed = head_needs(frames)) && taken < size) {
    size_t some = needed - frames->head_size;
    if (some > size - taken) some = size - taken;
    memcpy(frames->head + frames->head_size, data + taken, some);
    frames->head_size = (uint8_t)(frames->head_size + some);
    taken += some;
  }
  int rc = head_check(frames, frames->head, frames->head_size);
  if (rc < 0) return rc;
  if (frames->head_size == needed) frame_begin(frames, frames->head);
  return (int)taken;
}

/* ---- control frames -------------------------------------------------------------------------- */

static int close_came(struct green__frames *frames, const char *data, size_t size) {
  unsigned code = 1005;
  if (size == 1) return go_against(frames, "a close with half a code");
  if (size) {
    code = (unsigned)(unsigned char)data[0] << 8 | (unsigned char)data[1];
    if (!green__is_close_code(code)) return go_against(frames, "a close with a code that is none");
    if (!green__is_utf8(data + 2, size - 2))
      return not_utf8(frames, "a close with a reason that is not UTF-8");
    data += 2;
    size -= 2;
  }
  frames->closed = true;
  frames->user->control(frames->arg, GREEN__CLOSE, code, data, size);
  return 0;
}

static int control_came(struct green__frames *frames, const char *data, size_t size) {
  if (frames->opcode == GREEN__CLOSE) return close_came(frames, data, size);
  frames->user->control(frames->arg, frames->opcode, 0, data, size);
  return 0;
}

static int control_part(struct green__frames *frames, const char *data, size_t size) {
  if (!frames->left && !frames->control_size) return control_came(frames, data, size);
  memcpy(frames->control + frames->control_size, data, size);
  frames->control_size = (uint8_t)(frames->control_size + size);
  return frames->left ? 0 : control_came(frames, frames->control, frames->control_size);
}

/* ---- messages -------------------------------------------------------------------------------- */

static int message_part(struct green__frames *frames, const void *data, size_t size) {
  bool last = frames->fin && !frames->left;
  int opcode = frames->message;
  if (opcode == GREEN__TEXT &&
      (!green__utf8_next(&frames->utf8, data, size) || (last && frames->utf8.left)))
    return not_utf8(frames, "a text that is not UTF-8");
  if (last) frames->message = 0;
  int rc = frames->user->message(frames->arg, opcode, data, size, last, frames->left);
  if (rc == GREEN_EMSGSIZE)
    return frames_fail(frames, rc, 1009, "a message larger than max_message");
  return rc < 0 ? frames_fail(frames, rc, 1011, NULL) : 0;
}

/* Of the frame that is under way: how many bytes. */
static int part_take(struct green__frames *frames, void *data, size_t size, size_t *taken) {
  if (size > frames->left) size = (size_t)frames->left;
  if (!frames->client) green__frame_turn(data, size, frames->mask, frames->turned);
  frames->turned = (uint8_t)((frames->turned + size) % 4);
  frames->left -= size;
  *taken += size;
  if (!frames->left) frames->in_frame = false;
  return frames->opcode >= GREEN__CLOSE ? control_part(frames, data, size)
                                        : message_part(frames, data, size);
}

int green__frames_take(struct green__frames *frames, void *data, size_t size, size_t *taken) {
  unsigned char *bytes = data;
  *taken = 0;
  while (*taken < size) {
    if (!frames->user->has_room(frames->arg)) return 1;
    int rc = 0;
    if (!frames->in_frame) {
      rc = head_take(frames, bytes + *taken, size - *taken);
      if (rc < 0) return rc;
      *taken += (size_t)rc;
    }
    bool goes_on = frames->in_frame && (*taken < size || !frames->left);
    rc = goes_on ? part_take(frames, bytes + *taken, size - *taken, taken) : 0;
    if (rc < 0) return rc;
    if (frames->closed) return 2;
  }
  return 0;
}
