// C++: the headers compile as C++11, and exceptions that are being handled belong to the task.
#include <greenio/uv.h>

#include <exception>
#include <stdexcept>
#include <string>

#include "harness.h"

namespace {

// Counts its own ends, and parks in its destructor.
struct Guard {
  int &ended;
  explicit Guard(int &count) : ended(count) {}
  ~Guard() {
    green_yield();
    ended++;
  }
};

struct Task {
  const char *word;
  int ended;
  bool right;
};

void throw_word(Task &task) {
  Guard guard(task.ended);
  green_yield();
  throw std::runtime_error(task.word);
}

// Two exceptions in flight, each handled across waits, the outer one thrown again.
int handle(void *arg) {
  Task &task = *static_cast<Task *>(arg);
  try {
    try {
      throw_word(task);
    } catch (const std::exception &outer) {
      green_yield();
      try {
        throw std::logic_error(std::string(task.word) + " again");
      } catch (const std::exception &inner) {
        green_yield();
        task.right = std::string(inner.what()) == std::string(task.word) + " again";
      }
      green_yield();
      task.right = task.right && std::string(outer.what()) == task.word;
      throw;
    }
  } catch (const std::runtime_error &again) {
    green_yield();
    task.right = task.right && std::string(again.what()) == task.word;
  }
  return std::uncaught_exception() ? GREEN_EEXCEPTION : 0;
}

int leave_scopes(void *arg) {
  green_lock *lock = static_cast<green_lock *>(arg);
  try {
    GREEN_TIMEOUT(0) {
      GREEN_SHIELD {
        GREEN_LOCKED(lock) {
          throw 1;
        }
      }
    }
  } catch (int) {
    if (green_lock_locked(lock)) return GREEN_EBUSY;
    return green_sleep(1);
  }
  return GREEN_EINVAL;
}

} // namespace

TEST(exceptions_belong_to_the_task) {
  Task tasks[] = {{"first", 0, false}, {"second", 0, false}, {"third", 0, false}};
  AUTO_JOIN_ALL struct test_futures futures = test_futures(3);
  for (int i = 0; i < 3; i++) {
    futures.at[i] = green_spawn(handle, &tasks[i]);
    CHECK_STARTED(futures.at[i]);
  }
  CHECK_STATUS(green_wait_all(futures.at, 3), 0);
  for (int i = 0; i < 3; i++) {
    CHECK(tasks[i].right);
    CHECK_NUMBER(tasks[i].ended, 1);
  }
  return 0;
}

TEST(exceptions_leave_scopes) {
  green_lock lock = GREEN_LOCK_INIT;
  AUTO_JOIN green_future *task = green_spawn(leave_scopes, &lock);
  CHECK_STATUS(green_wait(task), 0);
  return 0;
}
