// C++: the headers compile as C++11, and exceptions that are being handled belong to the task.
#include <greenio/uv.h>

#include <csignal>
#include <exception>
#include <stdexcept>
#include <string>
#include <sys/wait.h>

#include "harness.h"

extern "C" {
#include "child.h"
}

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
    if (green_lock_is_locked(lock)) return GREEN_EBUSY;
    return green_sleep(1);
  }
  return GREEN_EINVAL;
}

// An exception that one task caught is thrown again in another, while the first still handles it.
struct Parcel {
  std::exception_ptr exception;
  green_future *sent;
  bool same;
};

int send_exception(void *arg) {
  Parcel &parcel = *static_cast<Parcel *>(arg);
  try {
    throw std::runtime_error("carried");
  } catch (const std::runtime_error &error) {
    parcel.exception = std::current_exception();
    green_resolve(parcel.sent, nullptr, nullptr);
    int rc = green_sleep(2);
    parcel.same =
        std::current_exception() == parcel.exception && error.what() == std::string("carried");
    return rc;
  }
}

int receive_exception(void *arg) {
  Parcel &parcel = *static_cast<Parcel *>(arg);
  int rc = green_wait(parcel.sent);
  if (rc < 0) return rc;
  if (std::current_exception()) return GREEN_EBUSY; // the other task's, not this one's
  try {
    std::rethrow_exception(parcel.exception);
  } catch (const std::runtime_error &error) {
    rc = green_yield();
    if (rc < 0 || error.what() != std::string("carried")) return GREEN_EIO;
  }
  return std::current_exception() ? GREEN_EBUSY : 0;
}

// Unwinding parks in a destructor, and there throws and catches another exception, to some depth.
struct Thrower {
  int depth, &caught;
  Thrower(int left, int &count) : depth(left), caught(count) {}
  ~Thrower() {
    bool unwinding = std::uncaught_exception();
    green_yield();
    if (!unwinding || !std::uncaught_exception()) return;
    if (depth > 0) {
      try {
        Thrower inner(depth - 1, caught);
        throw depth;
      } catch (int thrown) {
        green_yield();
        if (thrown == depth) caught++;
      }
    }
  }
};

int throw_while_unwinding(void *arg) {
  int &caught = *static_cast<int *>(arg);
  try {
    Thrower outer(3, caught);
    green_yield();
    throw std::string("outermost");
  } catch (const std::string &outermost) {
    green_yield();
    if (outermost == "outermost") caught++;
  }
  return std::uncaught_exception() ? GREEN_EEXCEPTION : 0;
}

// What the host's own stack handles while tasks throw, begin and end behind one another.
int throw_and_wait(void *arg) {
  int rc = 0;
  for (int i = 0; i < 3 && rc == 0; i++) {
    try {
      Thrower outer(1, *static_cast<int *>(arg));
      throw std::string("of a task");
    } catch (const std::string &) {
      rc = green_join(green_spawn(throw_while_unwinding, arg));
    }
    if (std::current_exception()) return GREEN_EBUSY;
  }
  return rc;
}

int throw_in_two(void *arg) {
  green_future *other = green_spawn(throw_and_wait, arg);
  int rc = throw_and_wait(arg), joined = green_join(other);
  return rc < 0 ? rc : joined;
}

int throw_out(void *) {
  green_yield();
  throw std::runtime_error("nobody catches this");
}

int wait_for_thrower(void *) {
  return green_join(green_spawn(throw_out, nullptr));
}

int run_thrower(void *) {
  return green_run(wait_for_thrower, nullptr);
}

} // namespace

TEST(exceptions_go_from_task_to_task_by_pointer) {
  AUTO_FUTURE green_future *sent = nullptr;
  CHECK_STATUS(green_future_new(&sent), 0);
  Parcel parcel = {nullptr, sent, false};
  AUTO_JOIN green_future *sender = green_spawn(send_exception, &parcel);
  AUTO_JOIN green_future *receiver = green_spawn(receive_exception, &parcel);
  CHECK_STARTED(sender);
  CHECK_STARTED(receiver);
  CHECK_STATUS(green_wait(receiver), 0);
  CHECK_STATUS(green_wait(sender), 0);
  CHECK(parcel.same);
  return 0;
}

TEST(exceptions_while_unwinding_belong_to_the_task) {
  int caught[5] = {0, 0, 0, 0, 0};
  AUTO_JOIN_ALL struct test_futures futures = test_futures(5);
  for (int i = 0; i < 5; i++) {
    futures.at[i] = green_spawn(throw_while_unwinding, &caught[i]);
    CHECK_STARTED(futures.at[i]);
  }
  CHECK_STATUS(green_wait_all(futures.at, 5), 0);
  for (int i = 0; i < 5; i++) CHECK_NUMBER(caught[i], 4);
  return 0;
}

TEST_OUTSIDE(exceptions_of_the_hosts_own_stack_stay_there) {
  int caught = 0;
  try {
    throw std::runtime_error("the host's");
  } catch (const std::runtime_error &mine) {
    std::exception_ptr before = std::current_exception();
    CHECK_STATUS(green_run(throw_in_two, &caught), 0);
    CHECK(std::current_exception() == before);
    CHECK(std::string(mine.what()) == "the host's");
  }
  CHECK(!std::current_exception());
  CHECK(!std::uncaught_exception());
  CHECK(caught > 0);
  return 0;
}

TEST_OUTSIDE(exception_out_of_a_task_ends_the_process) {
  static struct child child;
  CHECK_STATUS(child_run(&child, run_thrower, nullptr), 0);
  CHECK(WIFSIGNALED(child.ended));
  CHECK_NUMBER(WTERMSIG(child.ended), SIGABRT);
  CHECK_CONTAINS(child.text, "nobody catches this");
  CHECK_CONTAINS(child.text, "an exception left it");
  return 0;
}

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
