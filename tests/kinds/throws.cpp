/* C++ exceptions in tasks that wait while they are thrown and handled, and longjmp() in a library. */
#include <emscripten.h>
#include <greenio/greenio.h>
#include <stdexcept>
#include <string>

extern "C" int jumps(int value);

namespace {

struct waits_when_left {
  int &left;
  ~waits_when_left() {
    green_yield();
    left++;
  }
};

int throws_below(int value, int &left) {
  waits_when_left guard{left};
  green_sleep(value % 3);
  if (value % 2) throw std::runtime_error(std::to_string(value));
  return value;
}

__attribute__((noinline)) int64_t wide_below(int64_t value) {
  green_yield();
  if (value < 0) throw std::runtime_error("negative");
  return value + 1;
}

/* How many of the steps went right. */
int handle(int value) {
  int left = 0, right = 0;
  try {
    const int64_t wide = int64_t{1} << 40;
    right += wide_below(wide) == wide + 1 && throws_below(value, left) == value && value % 2 == 0;
  } catch (const std::runtime_error &error) {
    green_yield();
    right += value % 2 && error.what() == std::to_string(value);
    try {
      throws_below(value + 2, left);
    } catch (const std::runtime_error &inner) {
      green_sleep(1);
      right += inner.what() == std::to_string(value + 2);
    }
    right += error.what() == std::to_string(value);
  }
  return right == (value % 2 ? 3 : 1) && left == (value % 2 ? 2 : 1);
}

} // namespace

extern "C" {

EMSCRIPTEN_KEEPALIVE int handled(int value) {
  return handle(value) && jumps(value) == value;
}
}
