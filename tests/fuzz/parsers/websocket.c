/* WebSocket: the first byte of the input says what: frames to a server or a client, whole or byte by
 * byte, an answer to a client's handshake, or UTF-8. */
#include <greenio/status.h>

#include "fuzz.h"
#include "websocket/frame.h"
#include "websocket/handshake.h"

#include <greenio/websocket.h>

struct input {
  size_t size;
  bool begun; /* a message is under way */
  bool over;  /* a close has come */
};

static bool has_room(void *arg) {
  (void)arg;
  return true;
}

static int take(void *arg, int opcode, const void *data, size_t size, bool last, uint64_t more) {
  struct input *input = arg;
  ALWAYS(!input->over && (opcode == GREEN__TEXT || opcode == GREEN__BINARY));
  ALWAYS(size <= input->size && !(last && more));
  if (opcode == GREEN__TEXT && last && !input->begun) ALWAYS(green__is_utf8(data, size));
  input->begun = !last;
  return 0;
}

static void control(void *arg, int opcode, unsigned code, const char *data, size_t size) {
  struct input *input = arg;
  ALWAYS(!input->over && opcode >= GREEN__CLOSE && opcode <= GREEN__PONG);
  ALWAYS(size <= GREEN__CONTROL_MOST);
  if (opcode != GREEN__CLOSE) return;
  ALWAYS(code == 1005 || green__is_close_code(code));
  ALWAYS(green__is_utf8(data, size));
  input->over = true;
}

static void fuzz_frames(const uint8_t *data, size_t size, bool client, size_t each) {
  static const struct green__frames_user user = {has_room, take, control};
  struct input input = {.size = size};
  struct green__frames frames;
  int rc = 0;
  uint8_t *bytes = malloc(size + 1); /* which are changed */
  ALWAYS(bytes);
  memcpy(bytes, data, size);
  green__frames_begin(&frames, client, &user, &input);
  for (size_t given = 0, taken; rc == 0 && given < size; given += taken) {
    size_t part = size - given < each ? size - given : each;
    rc = green__frames_take(&frames, bytes + given, part, &taken);
    ALWAYS(rc == 0 || rc == 2 || (rc == GREEN_EPROTO && frames.code && frames.why));
    ALWAYS(taken <= part && (rc || taken == part));
  }
  ALWAYS(input.over == (rc == 2));
  free(bytes);
}

static void fuzz_answer(const uint8_t *data, size_t size) {
  struct green__handshake handshake;
  green__handshake_read(&handshake, (const char *)data, size,
                        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "a, b");
  ALWAYS(handshake.why || handshake.status == 101);
  if (handshake.why || !handshake.protocol) return;
  ALWAYS(handshake.protocol_size == 1 &&
         (*handshake.protocol == 'a' || *handshake.protocol == 'b'));
}

/* Cut anywhere, a text is what it is whole. */
static void fuzz_utf8(const uint8_t *data, size_t size) {
  bool whole = green__is_utf8(data, size);
  for (size_t cut = 0; cut <= size && cut < 20; cut++) {
    struct green__utf8 state = {0};
    bool good = green__utf8_next(&state, data, cut) &&
                green__utf8_next(&state, data + cut, size - cut) && !state.left;
    ALWAYS(good == whole);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size) return 0;
  unsigned what = *data++ % 8;
  size--;
  if (what < 4)
    fuzz_frames(data, size, what & 1, what & 2 ? 1 : SIZE_MAX);
  else if (what < 6)
    fuzz_answer(data, size);
  else
    fuzz_utf8(data, size);
  return 0;
}
