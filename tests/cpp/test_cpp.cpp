// <greenio/greenio.hpp>: lambdas as tasks, scopes as objects, and no exception leaves a task.
#include <greenio/greenio.hpp>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "harness.h"
#include "places.h"

namespace {

const uint64_t for_ever = 3600 * 1000;

// Counts those that live.
struct Counted {
  int *count;
  explicit Counted(int &of) : count(&of) { ++*count; }
  Counted(const Counted &other) : count(other.count) { ++*count; }
  ~Counted() { --*count; }
};

int plain() {
  int rc = green_yield();
  return rc < 0 ? rc : 6;
}

} // namespace

TEST(cpp_a_lambda_runs_with_what_it_captured) {
  int alive = 0, sum = 0;
  {
    Counted counted(alive);
    green::task task = green::spawn([counted, &sum] {
      int rc = green_yield();
      sum += *counted.count;
      return rc < 0 ? rc : 7;
    });
    CHECK_STARTED(task.get());
    CHECK_NUMBER(alive, 2);
    CHECK_STATUS(task.wait(), 7);
    CHECK_NUMBER(alive, 1); // the task's copy went with it
  }
  CHECK_NUMBER(alive, 0);
  CHECK_NUMBER(sum, 2);
  return 0;
}

TEST(cpp_a_body_may_return_nothing_or_be_moved_or_be_a_function_object) {
  int calls = 0;
  std::function<int()> function = [&calls] { return ++calls; };
  green::task first = green::spawn([&calls] { calls++; });
  CHECK_STARTED(first.get());
  CHECK_STATUS(first.wait(), 0);
  green::task second = green::spawn(std::move(function));
  CHECK_STARTED(second.get());
  CHECK_STATUS(second.wait(), 2);
  green::task third = green::spawn(plain);
  CHECK_STARTED(third.get());
  CHECK_STATUS(third.wait(), 6);
  second = green::task();
  CHECK(!second);
  return 0;
}

// What it refers to is on this stack, so it has ended when the scope is left.
TEST(cpp_the_end_of_a_scope_ends_its_task) {
  int status = 0;
  {
    green::task task = green::spawn([&status] { return status = green_sleep(for_ever); });
    CHECK_STARTED(task.get());
    CHECK_STATUS(green_yield(), 0);
  }
  CHECK_STATUS(status, GREEN_ECANCELED);
  return 0;
}

TEST(cpp_a_detached_task_goes_on) {
  int ended = 0;
  green::future future;
  {
    green::task task = green::spawn([&ended] {
      int rc = green_yield();
      ended++;
      return rc;
    });
    CHECK_STARTED(task.get());
    future = task.detach();
  }
  CHECK_NUMBER(ended, 0);
  green::future copy = future;
  CHECK_STATUS(future.wait(), 0);
  CHECK(copy.done() && copy.get() == future.get());
  CHECK_NUMBER(ended, 1);
  return 0;
}

TEST(cpp_scopes) {
  int rc;
  {
    green::timeout late(std::chrono::microseconds(1));
    CHECK_STATUS(green_sleep(for_ever), GREEN_ETIMEDOUT);
    {
      green::shield shield;
      CHECK_STATUS(green::sleep(std::chrono::milliseconds(1)), 0);
    }
    CHECK_STATUS(rc = green_yield(), GREEN_ETIMEDOUT);
  }
  CHECK_STATUS(green_yield(), 0);
  for (int i = 0; i < 3; i++) {
    green::timeout late(uint64_t(0));
    if (green_sleep(1) < 0) continue; // the loop's own
    return TEST_FAILED;
  }
  CHECK_STATUS(green_yield(), 0);
  CHECK_NUMBER(green::milliseconds(std::chrono::seconds(-1)), 0);
  CHECK_NUMBER(green::milliseconds(std::chrono::seconds(2)), 2000);
  CHECK_NUMBER(green::milliseconds(std::chrono::nanoseconds(1)), 1);
  const uint64_t most = uint64_t(1) << 53;
  CHECK(green::milliseconds((std::chrono::duration<int64_t, std::ratio<3600>>::max)()) == most);
  CHECK(green::milliseconds(std::chrono::milliseconds::max()) == most);
  CHECK(green::milliseconds(std::chrono::duration<double>(HUGE_VAL)) == most);
  CHECK(green::milliseconds(std::chrono::duration<double>(NAN)) == 0);
  CHECK(green::milliseconds(std::chrono::nanoseconds::max()) == 9223372036855);
  return 0;
}

TEST(cpp_a_lock_is_held_for_a_scope) {
  green_lock lock = GREEN_LOCK_INIT;
  {
    green::lock_guard guard(lock);
    CHECK(guard && guard.status() == 0);
    CHECK(green_lock_owner(&lock) == green_current());
    green::lock_guard again(lock);
    CHECK(!again);
    CHECK_STATUS(again.status(), GREEN_EDEADLK);
  }
  CHECK(!green_lock_is_locked(&lock));
  return 0;
}

TEST(cpp_a_group_waits_for_its_tasks) {
  int sum = 0;
  green::group group;
  CHECK_STATUS(group.made(), 0);
  for (int i = 1; i <= 3; i++)
    CHECK_STATUS(group.spawn([&sum, i] {
      int rc = green_yield();
      sum += i;
      return rc;
    }),
                 0);
  CHECK_STATUS(group.wait(), 0);
  CHECK_NUMBER(sum, 6);
  CHECK_STATUS(group.spawn([] {}), GREEN_ECLOSED);
  return 0;
}

TEST(cpp_a_group_that_could_not_be_made) {
  green_group_options options = {};
  options.max_tasks = -1;
  green::group group(options);
  CHECK_STATUS(group.made(), GREEN_EINVAL);
  CHECK_STATUS(group.spawn([] {}), GREEN_EINVAL);
  CHECK_STATUS(group.wait(), GREEN_EINVAL);
  CHECK_STATUS(group.cancel(), GREEN_EINVAL);
  CHECK(!group.get());
  return 0;
}

TEST(cpp_the_end_of_a_scope_ends_a_group) {
  int status = 0;
  {
    green::group group;
    CHECK_STATUS(group.spawn([&status] { return status = green_sleep(for_ever); }), 0);
    CHECK_STATUS(green_yield(), 0);
  }
  CHECK_STATUS(status, GREEN_ECANCELED);
  return 0;
}

// A body that waits in line and never begins, for want of memory, is deleted too.
struct counted {
  int *count;
  explicit counted(int *alive) : count(alive) { ++*count; }
  counted(const counted &other) : count(other.count) { ++*count; }
  ~counted() { --*count; }
  int operator()() const { return green_yield(); }
};

TEST(cpp_a_group_owns_the_bodies_in_line) {
  int alive = 0, queued = 0;
  {
    green_group_options options = {};
    options.max_tasks = 1;
    green::group group(options);
    CHECK_STATUS(group.spawn([&] {
      for (int i = 0; i < 3; i++) {
        int rc = test_saw(group.spawn(counted(&alive)));
        if (rc < 0) return rc;
        queued++;
      }
      return 0;
    }),
                 0);
    CHECK_STATUS(group.wait(), 0);
    CHECK_NUMBER(queued, 3);
  }
  CHECK_NUMBER(alive, 0);
  return 0;
}

TEST_OUTSIDE(cpp_run) {
  int steps = 0;
  auto body = [&steps] {
    int rc = green_yield();
    steps++;
    return rc < 0 ? rc : 5;
  };
  CHECK_STATUS(green::run(body), 5);
  CHECK_STATUS(green::run(plain), 6);
  CHECK_STATUS(green::run([&steps] { steps++; }), 0);
  CHECK_NUMBER(steps, 2);
  return 0;
}

#ifdef __cpp_exceptions
TEST(cpp_exceptions_become_the_tasks_status) {
  green::task ours = green::spawn([] { throw green::error(GREEN_EPROTO, "not this"); });
  green::task standard = green::spawn([]() -> int { throw std::runtime_error("some words"); });
  green::task other = green::spawn([]() -> int { throw 5; });
  green::task memory = green::spawn([]() -> int { throw std::bad_alloc(); });
  CHECK_STARTED(ours.get());
  CHECK_STARTED(standard.get());
  CHECK_STARTED(other.get());
  CHECK_STARTED(memory.get());
  CHECK_STATUS(ours.wait(), GREEN_EPROTO);
  CHECK_MESSAGE(ours.get(), "not this");
  CHECK_STATUS(standard.wait(), GREEN_EEXCEPTION);
  CHECK_MESSAGE(standard.get(), "some words");
  CHECK_STATUS(other.wait(), GREEN_EEXCEPTION);
  CHECK_MESSAGE(other.get(), "an exception that is no std::exception");
  CHECK(memory.wait() == GREEN_ENOMEM);
  return 0;
}

TEST(cpp_an_error_is_never_a_success) {
  CHECK_STATUS(green::error(0).status(), GREEN_EEXCEPTION);
  green::task positive = green::spawn([] { throw green::error(5, "pos"); });
  CHECK_STARTED(positive.get());
  CHECK_STATUS(positive.wait(), GREEN_EEXCEPTION);
  CHECK_MESSAGE(positive.get(), "pos");
  return 0;
}

// What ends a task within the scope of another hears of it behind the scope.
TEST(cpp_the_end_of_a_scope_keeps_a_cancel) {
  int behind = 0;
  green::task outer = green::spawn([&behind] {
    {
      green::task inner = green::spawn([] { return green_sleep(for_ever); });
      if (green_yield() < 0 || inner.done()) test_saw(inner.status());
      green_cancel(green_current());
    }
    return behind = green_sleep(for_ever);
  });
  CHECK_STARTED(outer.get());
  CHECK_STATUS(outer.wait(), GREEN_ECANCELED);
  CHECK_STATUS(behind, GREEN_ECANCELED);
  return 0;
}

TEST(cpp_a_status_becomes_an_exception_and_a_status_again) {
  green::task task = green::spawn([] {
    green::timeout late(uint64_t(0));
    green::check(green_sleep(1));
  });
  CHECK_STARTED(task.get());
  CHECK_STATUS(task.wait(), GREEN_ETIMEDOUT);
  CHECK_NUMBER(green::check(3), 3);
  return 0;
}

static int fail_beside_a_task() {
  green::task task = green::spawn([] { return green_sleep(for_ever); });
  if (green_yield() < 0 || task.done()) test_saw(task.status());
  return green_fail(GREEN_ENOENT, "no such user");
}

// The task that its scope cancels leaves other words behind it.
TEST(cpp_a_status_is_thrown_with_its_own_words) {
  green::task task = green::spawn([] { green::check(fail_beside_a_task()); });
  CHECK_STARTED(task.get());
  CHECK_STATUS(task.wait(), GREEN_ENOENT);
  CHECK_MESSAGE(task.get(), "no such user");
  return 0;
}

TEST(cpp_an_exception_in_a_group_is_its_status) {
  int other = 0;
  green::group group;
  CHECK_STATUS(group.spawn([&other] { return other = green_sleep(for_ever); }), 0);
  CHECK_STATUS(group.spawn([]() -> int { throw std::runtime_error("some words"); }), 0);
  CHECK_STATUS(group.wait(), GREEN_EEXCEPTION);
  CHECK_STRING(green_message(), "some words");
  CHECK_STATUS(other, GREEN_ECANCELED);
  return 0;
}

TEST(cpp_an_exception_leaves_a_group_rightly) {
  int ended = 0;
  bool caught = false;
  try {
    green::group group;
    for (int i = 0; i < 2; i++)
      group.spawn([&ended] {
        int rc = green_sleep(for_ever);
        ended++;
        return rc;
      });
    if (group.made() < 0 || green_yield() < 0 || green_group_running_count(group.get()) < 2)
      test_saw(GREEN_ENOMEM);
    throw std::runtime_error("out");
  } catch (const std::exception &) {
    caught = true;
  }
  CHECK(caught);
  CHECK_NUMBER(ended, 2);
  return 0;
}

TEST(cpp_an_exception_leaves_a_block_of_a_group_rightly) {
  int ended = 0, status = 1;
  try {
    GREEN_GROUP(group, nullptr, &status) {
      int rc = green_group_spawn(
          group,
          [](void *arg) {
            int slept = green_sleep(for_ever);
            ++*static_cast<int *>(arg);
            return slept;
          },
          &ended);
      if (rc == 0) rc = green_yield();
      if (rc < 0) test_saw(rc);
      throw std::runtime_error("out");
    }
  } catch (const std::exception &) {
    status = GREEN_EEXCEPTION;
  }
  if (status != GREEN_EEXCEPTION) test_saw(status);
  CHECK_STATUS(status, GREEN_EEXCEPTION);
  CHECK_NUMBER(ended, 1);
  return 0;
}

// A scope that an exception leaves ends its tasks, and releases what it holds.
TEST(cpp_an_exception_leaves_scopes_rightly) {
  green_lock lock = GREEN_LOCK_INIT;
  int status = 0;
  bool caught = false;
  try {
    green::lock_guard guard(lock);
    green::timeout late(for_ever);
    green::task task = green::spawn([&status] { return status = green_sleep(for_ever); });
    if (green_yield() < 0 || task.done()) test_saw(task.status());
    throw std::runtime_error("out");
  } catch (const std::exception &) {
    caught = true;
  }
  CHECK(caught);
  if (status) CHECK_STATUS(status, GREEN_ECANCELED);
  CHECK(!green_lock_is_locked(&lock));
  CHECK_STATUS(green_yield(), 0);
  return 0;
}
#endif

static void see_place(const green_report_entry *entry, void *arg) {
  std::string &seen = *static_cast<std::string *>(arg);
  std::string file = entry->made_in;
  seen += file.substr(file.rfind('/') + 1) + ';';
}

TEST(cpp_sources_with_places_and_without_are_linked) {
  green::task placed = spawn_with_place(), unplaced = spawn_without_place();
  CHECK_STARTED(placed.get());
  CHECK_STARTED(unplaced.get());
  std::string seen;
  green_report_each(see_place, &seen);
  size_t second = seen.find(';') + 1; // behind the driver's
  CHECK_STRING(seen.c_str() + second, "placed.cpp;;");
  return 0;
}
