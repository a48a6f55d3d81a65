// Boost.Fiber's side of native.switch, native.spawn and native.pingpong.
// Usage: bench_boost switch|spawn|pingpong COUNT. Prints nanoseconds, as ours do.
#include <boost/fiber/all.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fibers = boost::fibers;
using boost::this_fiber::yield;

// Fibers are begun later, as our tasks are.
static fibers::fiber begin(void (*function)(long), long times) {
  return fibers::fiber(fibers::launch::post, function, times);
}

static void yield_times(long times) {
  for (long n = 0; n < times; n++) yield();
}

static void yield_in_turn(long times) {
  fibers::fiber first = begin(yield_times, times), second = begin(yield_times, times);
  first.join();
  second.join();
}

static long ran;

static void spawn_and_join(long times) {
  for (long n = 0; n < times; n++) begin([](long) { ran++; }, 0).join();
}

static fibers::unbuffered_channel<int> there, back;

static void ponger(long) {
  int item;
  while (there.pop(item) == fibers::channel_op_status::success) back.push(item);
}

static void rounds(long times) {
  for (int n = 0; n < times; n++) {
    there.push(n);
    if (back.value_pop() != n) std::abort();
  }
}

static double measure(void (*work)(long), long count) {
  work(count / 10 + 1);
  auto start = std::chrono::steady_clock::now();
  work(count);
  std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count() / static_cast<double>(count);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  long count = std::atol(argv[2]);
  if (!std::strcmp(argv[1], "switch")) {
    std::printf("%.3f\n", measure(yield_in_turn, count) / 2);
  } else if (!std::strcmp(argv[1], "spawn")) {
    std::printf("%.3f\n", measure(spawn_and_join, count));
  } else if (!std::strcmp(argv[1], "pingpong")) {
    fibers::fiber other = begin(ponger, 0);
    std::printf("%.3f\n", measure(rounds, count));
    there.close();
    other.join();
  } else {
    return 2;
  }
  return 0;
}
