/* Brotli natively, by libbrotli. Built as Debian builds it, the library calls exit() where it gets no
 * memory. So its memory comes from here, all of it is noted, and where there is none we leave the library
 * by longjmp(): it keeps nothing but that memory. All is on one task's stack, also while that is parked. */
#include "encode.h"

#include <setjmp.h>
#include <brotli/encode.h>
#include <greenio/status.h>
#include "core/list.h"
#include "core/memory.h"

#define QUALITY 4 /* as fast as gzip, and smaller */

struct block {
  struct block *next, *previous;
  _Alignas(16) char room[];
};

struct work {
  jmp_buf no_memory;
  struct block *blocks;
  char *coded;
  size_t room, left; /* of `coded` */
};

static void *brotli_alloc(void *opaque, size_t size) {
  struct work *work = opaque;
  struct block *block = green__alloc(sizeof *block + size);
  if (!block) longjmp(work->no_memory, 1);
  green__list_add(work->blocks, block, next, previous);
  return block->room;
}

static void brotli_free(void *opaque, void *memory) {
  struct work *work = opaque;
  if (!memory) return;
  struct block *block = green__container_of(memory, struct block, room);
  green__list_remove(work->blocks, block, next, previous);
  green__free(block);
}

static bool brotli_run(struct work *work, BrotliEncoderState *state, const uint8_t *data,
                       size_t size) {
  uint8_t *out = (uint8_t *)work->coded;
  BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, QUALITY);
  BrotliEncoderSetParameter(state, BROTLI_PARAM_SIZE_HINT, (uint32_t)size);
  for (size_t left = size; !BrotliEncoderIsFinished(state);) {
    size_t slice = left < GREEN__ENCODE_SLICE ? left : GREEN__ENCODE_SLICE, given = slice;
    left -= slice;
    if (!BrotliEncoderCompressStream(state,
                                     left ? BROTLI_OPERATION_PROCESS : BROTLI_OPERATION_FINISH,
                                     &given, &data, &work->left, &out, NULL))
      return false;
    if (given || (!left && !BrotliEncoderIsFinished(state))) return false; /* no room, for ever */
    if (left) green__encode_turn();
  }
  return true;
}

/* A function of its own, so that nothing of it is used behind the longjmp(). */
static bool brotli_attempt(struct work *work, const void *data, size_t size) {
  if (setjmp(work->no_memory)) return false;
  BrotliEncoderState *state = BrotliEncoderCreateInstance(brotli_alloc, brotli_free, work);
  return state && brotli_run(work, state, data, size);
}

int green__encode_brotli(const void *data, size_t size, char **out, size_t *out_size) {
  struct work work = {.room = BrotliEncoderMaxCompressedSize(size)};
  work.left = work.room;
  work.coded = work.room ? green__alloc(work.room) : NULL;
  bool good = work.coded && brotli_attempt(&work, data, size);
  while (work.blocks) brotli_free(&work, work.blocks->room); /* its state among them */
  if (good) {
    *out = work.coded;
    *out_size = work.room - work.left;
    return 0;
  }
  green__free(work.coded);
  return GREEN_ENOMEM;
}
