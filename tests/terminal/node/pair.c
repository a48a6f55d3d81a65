/* Pairs in Node: pairs.py has them, one for the whole program, and is asked by a pipe of a name each way, so that an answer
 * can be waited for. */
#include "../pair.h"

#include <stdio.h>
#include <string.h>
#include <emscripten.h>
#include <greenio/status.h>

/* clang-format off */

enum { ANSWER = 256 };

/* The answer to a line, up to ANSWER bytes. */
EM_JS(void, ask, (const char *line, char *out), {
  const { mkdtempSync, openSync, readSync, rmSync, writeSync } = require('node:fs');
  const { spawn, spawnSync } = require('node:child_process');
  const { join } = require('node:path');
  const begin = () => {
    const folder = mkdtempSync(join(require('node:os').tmpdir(), 'greenio-terminal-'));
    const names = ['asked', 'answered'].map(name => join(folder, name));
    spawnSync('mkfifo', names);
    const [asked, answered] = names.map(name => openSync(name, 'r+'));
    spawn('python3', [process.env.GREENIO_PTY, ...names], { stdio: ['ignore', 'ignore', 'inherit'] }).unref();
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    return { asked, answered };
  };
  const { asked, answered } = (Module['pairs'] ||= begin());
  writeSync(asked, UTF8ToString(line) + '\n');
  let answer = String();
  const bytes = new Uint8Array(4096);
  while (!answer.endsWith('\n')) answer += new TextDecoder().decode(bytes.subarray(0, readSync(answered, bytes)));
  HEAPU8.set(new TextEncoder().encode(answer.slice(0, -1) + String.fromCharCode(0)), out);
})

EM_JS(void, tell_of_window, (void), { process.kill(process.pid, 'SIGWINCH'); })

/* clang-format on */

static void ask_of(const struct pair *pair, const char *what, char *answer) {
  char line[256];
  snprintf(line, sizeof line, "%s %d", what, pair->user);
  ask(line, answer);
}

static void tell(const struct pair *pair, const char *what) {
  char answer[ANSWER];
  ask_of(pair, what, answer);
}

static bool has_mode(const struct pair *pair, const char *expected) {
  char answer[ANSWER];
  ask_of(pair, "mode", answer);
  return strcmp(answer, expected) == 0;
}

void auto_pair(struct pair *pair) {
  if (pair->kept > 0) tell(pair, "close");
}

void auto_stream(green_stream **stream) {
  green_stream_release(*stream);
}

int pair_open(struct pair *pair) {
  char answer[ANSWER];
  ask("open", answer);
  int got = sscanf(answer, "%d %63s", &pair->user, pair->name);
  pair->kept = pair->user;
  return got == 2 ? 0 : GREEN_EIO;
}

void pair_type(const struct pair *pair, const char *text) {
  char what[128] = "type ";
  for (size_t i = 0; text[i] && i < 60; i++)
    sprintf(what + 5 + 2 * i, "%02x", (unsigned char)text[i]);
  tell(pair, what);
}

void pair_shown(const struct pair *pair, char *text, size_t size) {
  char answer[ANSWER];
  ask_of(pair, "shown", answer);
  size_t count = strlen(answer) / 2;
  if (count > size - 1) count = size - 1;
  for (size_t i = 0; i < count; i++) {
    unsigned byte = 0;
    sscanf(answer + 2 * i, "%2x", &byte);
    text[i] = (char)byte;
  }
  text[count] = 0;
}

void pair_hang_up(struct pair *pair) {
  tell(pair, "hang_up");
}

void pair_resize(const struct pair *pair, unsigned short columns, unsigned short rows) {
  char what[64];
  sprintf(what, "resize %u %u", columns, rows);
  tell(pair, what);
}

void pair_tell_of_window(void) {
  tell_of_window();
}

void pair_set_before(const struct pair *pair) {
  tell(pair, "set_before");
}

bool pair_is_raw(const struct pair *pair) {
  return has_mode(pair, "raw");
}

bool pair_is_as_before(const struct pair *pair) {
  return has_mode(pair, "before");
}
