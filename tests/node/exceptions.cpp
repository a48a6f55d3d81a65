// The C side of exceptions.test.mjs: C++ exceptions (-fexceptions) in many tasks at once. What is
// being handled belongs to the task, and every place that may wait does.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>

#include <emscripten.h>
#include <greenio/greenio.h>

namespace {

struct Guard {
  int &ended;
  explicit Guard(int &count) : ended(count) {}
  ~Guard() {
    green_yield(); // during unwinding, too
    if (std::uncaught_exceptions() <= 1) ended++;
  }
};

__attribute__((noinline)) void throw_deep(int depth, const std::string &word, int &ended) {
  Guard guard(ended);
  green_sleep(depth % 2);
  if (depth == 0) throw std::runtime_error(word);
  throw_deep(depth - 1, word, ended);
}

// Nested, handled across waits, and thrown again. What was right, as the number of a step.
int handle(int seed) {
  std::string word = "word " + std::to_string(seed);
  int ended = 0, right = 0;
  try {
    try {
      green_yield();
      throw_deep(seed % 4, word, ended);
    } catch (const std::exception &outer) {
      green_sleep(seed % 3);
      if (outer.what() == word) right++; // 1
      try {
        throw std::logic_error(word + " again");
      } catch (const std::logic_error &inner) {
        green_sleep(seed % 2);
        if (inner.what() == word + " again") right++; // 2
      }
      green_yield();
      if (outer.what() == word) right++; // 3
      throw;
    }
  } catch (const std::runtime_error &again) {
    green_yield();
    if (again.what() == word) right++; // 4
  }
  if (ended == seed % 4 + 1) right++;           // 5
  if (std::uncaught_exceptions() == 0) right++; // 6
  if (!std::current_exception()) right++;       // 7
  return right;
}

int handling_task(void *arg) {
  return handle(static_cast<int>(reinterpret_cast<intptr_t>(arg)));
}

int throwing_task(void *) {
  green_yield();
  throw 1;
}

} // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE int handled(int seed) {
  return handle(seed);
}

EMSCRIPTEN_KEEPALIVE int handled_in_tasks(int count) {
  green_future **futures = new green_future *[count];
  int all_right = 0;
  for (int i = 0; i < count; i++)
    futures[i] = green_spawn(handling_task, reinterpret_cast<void *>(static_cast<intptr_t>(i)));
  for (int i = 0; i < count; i++)
    if (green_join(futures[i]) == 7) all_right++;
  delete[] futures;
  return all_right;
}

EMSCRIPTEN_KEEPALIVE int uncaught(int value) {
  green_yield();
  if (value) throw value;
  return 0;
}

EMSCRIPTEN_KEEPALIVE char *uncaught_in_a_task(void) {
  green_future *future = green_spawn(throwing_task, nullptr);
  int rc = green_wait(future);
  char text[200];
  snprintf(text, sizeof text, "%s: %s", green_status_name(rc), green_future_message(future));
  green_future_release(future);
  return strdup(text);
}

// Cancelled while an exception is being handled.
EMSCRIPTEN_KEEPALIVE int cancelled_in_catch(void) {
  try {
    throw std::runtime_error("x");
  } catch (const std::exception &) {
    return green_sleep(1000000);
  }
}
}
