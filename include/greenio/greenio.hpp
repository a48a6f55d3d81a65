/* C++: lambdas as tasks, scopes as objects, statuses as exceptions for who wants them. For C++11
 * and up; a header alone, on what <greenio/greenio.h> has. What it does not wrap is called as in C.
 *
 * Exceptions. None leaves a task that spawn() or run() has started: green::error becomes its status
 * with its message, std::bad_alloc GREEN_ENOMEM, any other GREEN_EEXCEPTION with what() as the
 * message; who waits for the task has it as a status again. The functions here return statuses as
 * C's do and throw nothing, but for check(), and spawn() and run() where there is no memory for a
 * copy of the body (std::bad_alloc). In a program without exceptions (WebAssembly without
 * -fexceptions) there is no check(), and what throws ends the program.
 */
#ifndef GREENIO_GREENIO_HPP
#define GREENIO_GREENIO_HPP

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <greenio/greenio.h>

/* What C++ has beside C. */
namespace green {

/* ---- statuses -------------------------------------------------------------------------------- */

/* A status as an exception; what() is its message. */
class error : public std::runtime_error {
public:
  /* Of a negative status, with a message, or with that of the status. One of 0 and above, which
   * says that nothing failed, becomes GREEN_EEXCEPTION: what is thrown is a failure. */
  explicit error(int status, const char *message = nullptr)
      : std::runtime_error(message && *message ? message : green_strerror(failed(status))),
        code(failed(status)) {}

  /* The status. */
  int status() const noexcept { return code; }

private:
  static int failed(int status) noexcept { return status < 0 ? status : GREEN_EEXCEPTION; }

  int code;
};

#ifdef __cpp_exceptions
/* Gives a status of 0 and above back, and throws one below as error, with the message that was left
 * with it (green_message_of()). */
inline int check(int status) {
  if (status < 0) throw error(status, green_message_of(status));
  return status;
}
#endif

/* ---- durations ------------------------------------------------------------------------------- */

/* Milliseconds for C's functions, rounded up; what is negative or not a number is 0, and what is
 * more than 2^53, 285,616 years, is 2^53. */
template <typename Rep, typename Period>
uint64_t milliseconds(const std::chrono::duration<Rep, Period> &time) {
  using whole = std::chrono::milliseconds;
  using rough = std::chrono::duration<double, std::milli>; /* this cannot overflow */
  const uint64_t most = uint64_t(1) << 53;
  if (!(time > time.zero())) return 0;
  if (!(rough(time).count() < static_cast<double>(most))) return most;
  whole floor = std::chrono::duration_cast<whole>(time);
  return static_cast<uint64_t>(floor.count()) + (floor < time ? 1 : 0);
}

/* As green_sleep(). */
template <typename Rep, typename Period> int sleep(const std::chrono::duration<Rep, Period> &time) {
  return green_sleep(milliseconds(time));
}

/* ---- scopes ---------------------------------------------------------------------------------- */

/* GREEN_TIMEOUT as an object: to the end of its scope every wait of the task fails with
 * GREEN_ETIMEDOUT once the time has passed. Lives on the stack of one task; scopes are left in the
 * reverse order, as C++ does. */
class timeout {
public:
  /* From now. */
  explicit timeout(uint64_t milliseconds) noexcept { green_timeout_begin(&scope, milliseconds); }
  /* From now, in another unit. */
  template <typename Rep, typename Period>
  explicit timeout(const std::chrono::duration<Rep, Period> &time)
      : timeout(green::milliseconds(time)) {}
  timeout(const timeout &) = delete;
  timeout &operator=(const timeout &) = delete;
  /* The end of it. */
  ~timeout() { green_timeout_end(&scope); }

private:
  green_scope scope;
};

/* GREEN_SHIELD as an object: to the end of its scope no cancel and no deadline interrupts a wait of
 * the task. As timeout. */
class shield {
public:
  /* From now. */
  shield() noexcept { green_shield_begin(&scope); }
  shield(const shield &) = delete;
  shield &operator=(const shield &) = delete;
  /* The end of it. */
  ~shield() { green_shield_end(&scope); }

private:
  green_scope scope;
};

/* Holds a green_lock to the end of its scope, if it could be had: ask before you rely on it. */
class lock_guard {
public:
  /* Acquires it, as green_lock_acquire(). Parks. */
  explicit lock_guard(green_lock &which)
      : lock(which), outcome(green_lock_acquire(&which)),
        owned(outcome == 0 || outcome == GREEN_EOWNERDEAD) {}
  lock_guard(const lock_guard &) = delete;
  lock_guard &operator=(const lock_guard &) = delete;
  /* Releases it. */
  ~lock_guard() {
    if (owned) green_lock_release(&lock);
  }

  /* Whether the task owns it: status() is 0 or GREEN_EOWNERDEAD. */
  explicit operator bool() const noexcept { return owned; }
  /* What green_lock_acquire() said. */
  int status() const noexcept { return outcome; }

private:
  green_lock &lock;
  int outcome;
  bool owned;
};

/* ---- futures and tasks ----------------------------------------------------------------------- */

/* A reference of a future, released at the end of its scope; or none. It is moved, and copied with
 * one reference more. */
class future {
public:
  /* None. */
  future() noexcept : own(nullptr) {}
  /* Takes a reference over, as C's functions give one. */
  explicit future(green_future *taken) noexcept : own(taken) {}
  /* One more reference. */
  future(const future &other) noexcept : own(green_future_retain(other.own)) {}
  /* Takes that of another one, which has none from then on. */
  future(future &&other) noexcept : own(other.release()) {}
  /* Gives the one that is there back, and takes the other. */
  future &operator=(future other) noexcept {
    std::swap(own, other.own);
    return *this;
  }
  /* Gives it back. A pending future goes on: see task for one that does not. */
  ~future() { green_future_release(own); }

  /* Whether there is one. */
  explicit operator bool() const noexcept { return own != nullptr; }
  /* For C's functions; the reference stays here. */
  green_future *get() const noexcept { return own; }
  /* For C's functions that take a reference over. */
  green_future *release() noexcept {
    green_future *given = own;
    own = nullptr;
    return given;
  }

  /* As green_wait(), green_cancel(), green_done(), green_future_status(), green_future_message()
   * and green_future_value(); there has to be a future. */
  int wait() const { return green_wait(own); }
  /* See wait(). */
  int cancel() const { return green_cancel(own); }
  /* See wait(). */
  bool done() const noexcept { return green_done(own); }
  /* See wait(). */
  int status() const noexcept { return green_future_status(own); }
  /* See wait(). */
  const char *message() const noexcept { return green_future_message(own); }
  /* See wait(). */
  void *value() const noexcept { return green_future_value(own); }

private:
  green_future *own;
};

/* A task that does not outlive its scope: the end of it cancels the task if it has not ended, and
 * waits until it has, as green_join() does. So what its body refers to may lie on the stack below.
 * Its scope has to be in a task itself: outside one nothing can wait, and it is only cancelled. It
 * is moved, not copied. */
class task {
public:
  /* None. */
  task() noexcept {}
  /* Takes a reference over, of a task or of anything else that can be cancelled. */
  explicit task(green_future *taken) noexcept : own(taken) {}
  /* Takes that of another one, which has none from then on. */
  task(task &&other) noexcept : own(std::move(other.own)) {}
  /* Ends the one that is there, and takes the other. */
  task &operator=(task &&other) {
    if (this != &other) {
      end();
      own = std::move(other.own);
    }
    return *this;
  }
  task(const task &) = delete;
  task &operator=(const task &) = delete;
  /* Cancels it if it has not ended, and waits until it has. */
  ~task() { end(); }

  /* Whether there is one. */
  explicit operator bool() const noexcept { return static_cast<bool>(own); }
  /* Waits for its end: its status, or how the wait was interrupted; then it goes on. */
  int wait() const { return own.wait(); }
  /* As wait(), but interrupted it cancels the task and waits for its end, as green_join(). */
  int join() { return green_join(own.release()); }
  /* As green_cancel(). */
  int cancel() const { return own.cancel(); }
  /* Whether it has ended. */
  bool done() const noexcept { return own.done(); }
  /* Its status; GREEN_EAGAIN before it has ended. */
  int status() const noexcept { return own.status(); }
  /* What it failed with, in words. */
  const char *message() const noexcept { return own.message(); }
  /* For C's functions; the reference stays here. */
  green_future *get() const noexcept { return own.get(); }
  /* Lets it run on by itself, as a future. */
  future detach() noexcept { return std::move(own); }

private:
  void end() {
    green_future *ending = own.release();
    if (!ending) return;
    green_cancel(ending);
    green_scope scope; /* what interrupts the surrounding task is for its next wait */
    green_shield_begin(&scope);
    green_join(ending);
    green_shield_end(&scope);
  }

  future own;
};

/* greenio's own. */
namespace detail {

template <typename Body>
typename std::enable_if<std::is_void<decltype(std::declval<Body &>()())>::value, int>::type
call(Body &body) {
  body();
  return 0;
}

template <typename Body>
typename std::enable_if<!std::is_void<decltype(std::declval<Body &>()())>::value, int>::type
call(Body &body) {
  return body();
}

/* No exception leaves a task. */
template <typename Body> int call_safely(Body &body) {
#ifdef __cpp_exceptions
  try {
    return call(body);
  } catch (const error &failure) {
    return green_fail(failure.status(), "%s", failure.what());
  } catch (const std::bad_alloc &) {
    return green_fail(GREEN_ENOMEM, nullptr);
  } catch (const std::exception &exception) {
    return green_fail(GREEN_EEXCEPTION, "%s", exception.what());
  } catch (...) {
    return green_fail(GREEN_EEXCEPTION, "an exception that is no std::exception");
  }
#else
  return call(body);
#endif
}

/* A body that stays where it is, which may be a function. */
template <typename Body> struct referred {
  Body &body;
  auto operator()() -> decltype(body()) { return body(); }
};

template <typename Body> int run_referred(void *body) {
  return call_safely(*static_cast<referred<Body> *>(body));
}

template <typename Body> int run_owned(void *body) {
  std::unique_ptr<Body> own(static_cast<Body *>(body));
  return call_safely(*own);
}

template <typename Body> void drop_owned(void *body) {
  delete static_cast<Body *>(body);
}

/* The line of the program in which a call stands, if it was compiled with GREENIO_PLACES (task.h).
 * Two types of two names, so that what is called with them differs for the linker: some sources of
 * a program may be compiled with it, and others without. */
#ifdef GREENIO_PLACES
struct line_place {
  const char *file;
  int line;
  line_place(const char *in = __builtin_FILE(), int at = __builtin_LINE()) : file(in), line(at) {}
  void begin() const { green__place(file, line); }
  void end() const { green__place(nullptr, 0); }
};
using place = line_place;
#else
struct no_place {
  void begin() const {}
  void end() const {}
};
using place = no_place;
#endif

} // namespace detail

/* Starts a task that calls body(), a lambda for example, of which it has a copy (or, moved, the
 * thing itself) for as long as it runs. What the body returns, an int or nothing, is the task's
 * status. As green_spawn_with(), whose copy_size is not looked at. */
template <typename Body>
task spawn(Body &&body, const green_spawn_options &options = green_spawn_options(),
           const detail::place &place = detail::place()) {
  using Kept = typename std::decay<Body>::type;
  std::unique_ptr<Kept> kept(new Kept(std::forward<Body>(body)));
  green_spawn_options used = options;
  used.copy_size = 0;
  place.begin();
  task started((green_spawn_with)(detail::run_owned<Kept>, kept.get(), &used));
  place.end();
  if (!started.done()) kept.release(); /* it has begun, and the body is its own */
  return started;
}

/* A green_group that does not outlive its scope: wait() is its good end, and the end of the scope
 * by any other road, an exception among them, cancels its tasks and waits for them. So what their
 * bodies refer to may lie on the stack. It is neither copied nor moved. */
class group {
public:
  /* Makes it, as green_group_new(): ask made(), or look at what spawn() and wait() say. */
  explicit group(const green_group_options &options = green_group_options())
      : own(nullptr), outcome(green_group_new(&own, &options)) {}
  group(const group &) = delete;
  group &operator=(const group &) = delete;
  /* Cancels what still runs, and waits for it. */
  ~group() { green_group_release(own); }

  /* 0, or why it could not be made; then the calls below give that too. */
  int made() const noexcept { return outcome; }
  /* Starts a task in it that calls body(), of which it has a copy (or, moved, the thing itself) for
   * as long as it runs; as green_group_spawn_with(), whose copy_size is not looked at. */
  template <typename Body>
  int spawn(Body &&body, const green_spawn_options &options = green_spawn_options(),
            const detail::place &place = detail::place()) {
    using Kept = typename std::decay<Body>::type;
    if (!own) return outcome;
    std::unique_ptr<Kept> kept(new Kept(std::forward<Body>(body)));
    green_spawn_options used = options;
    used.copy_size = 0;
    place.begin();
    int rc = green__group_spawn_owned(own, detail::run_owned<Kept>, kept.get(),
                                      detail::drop_owned<Kept>, &used);
    place.end();
    if (rc >= 0) kept.release(); /* it is the task's own */
    return rc;
  }
  /* Waits for all of its tasks, as green_group_wait(). */
  int wait() { return own ? green_group_wait(own) : outcome; }
  /* As green_group_cancel(). */
  int cancel() { return own ? green_group_cancel(own) : outcome; }
  /* For C's functions; NULL if it could not be made. */
  green_group *get() const noexcept { return own; }

private:
  green_group *own;
  int outcome;
};

/* As green_run(), with body() for the first task; it stays where it is. */
template <typename Body> int run(Body &&body) {
  using Referred = typename std::remove_reference<Body>::type;
  detail::referred<Referred> referred{body};
  return green_run(detail::run_referred<Referred>, &referred);
}

} // namespace green

#endif
