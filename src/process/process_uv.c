/* Processes natively: libuv's spawn, and pipes of our own, which are streams on this side (net/plain_uv.c). libuv
 * would make Unix-domain sockets, which a program cannot open as /dev/stderr. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "core/memory.h"
#include "net/net.h"
#include "process.h"

struct green__child {
  uv_process_t handle;
  green_process *process; /* NULL: nothing is to be told */
};

/* ---- those that outlive their runtime -------------------------------------------------------- */

/* Nobody hears of their end any more. They are looked at when the next one is started or forgotten. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct survivor {
  struct survivor *next;
  pid_t id;
} * survivors;

static void survivors_fork_begin(void) {
  pthread_mutex_lock(&mutex);
}

static void survivors_fork_end(void) {
  pthread_mutex_unlock(&mutex);
}

/* They are the parent's. */
static void survivors_forget(void) {
  while (survivors) {
    struct survivor *one = survivors;
    survivors = one->next;
    free(one);
  }
  pthread_mutex_unlock(&mutex);
}

static void survivors_watch_forks(void) {
  pthread_atfork(survivors_fork_begin, survivors_fork_end, survivors_forget);
}

static void reap(void) {
  pthread_mutex_lock(&mutex);
  for (struct survivor **at = &survivors; *at;) {
    struct survivor *one = *at;
    if (waitpid(one->id, NULL, WNOHANG) == 0) {
      at = &one->next;
      continue;
    }
    *at = one->next;
    free(one);
  }
  pthread_mutex_unlock(&mutex);
}

static void reap_later(pid_t id) {
  struct survivor *survivor = malloc(sizeof *survivor);
  if (!survivor) return; /* the system does when this program ends */
  pthread_mutex_lock(&mutex);
  *survivor = (struct survivor){survivors, id};
  survivors = survivor;
  pthread_mutex_unlock(&mutex);
}

/* ---- pipes ----------------------------------------------------------------------------------- */

/* Whether it is there, and not this library's or another one's that is for this program alone. */
static bool is_inherited(int fd) {
  int flags = fcntl(fd, F_GETFD);
  return flags >= 0 && !(flags & FD_CLOEXEC);
}

/* What a child gets, and this side's end of a pipe. */
struct ends {
  int child[3], own[3]; /* -1: no pipe */
};

static void close_all(int fds[3]) {
  for (int i = 0; i < 3; i++)
    if (fds[i] >= 0) close(fds[i]);
}

static int ends_open(struct ends *ends, const struct green__launch *start) {
  for (int i = 0; i < 3; i++) ends->child[i] = ends->own[i] = -1;
  for (int i = 0; i < 3; i++) {
    int fds[2];
    if (start->stdio[i] != GREEN_PROCESS_PIPE) continue;
    if (pipe2(fds, O_CLOEXEC) < 0) return green_status_from_errno(errno);
    ends->child[i] = fds[i != 0];
    ends->own[i] = fds[i == 0];
  }
  return 0;
}

/* Takes the descriptor over, whatever the outcome. */
static int stream_of(int fd, enum green__side lacks, green_stream **out) {
  green_stream *stream = (green_stream *)green__endpoint_new(sizeof *stream);
  if (!stream) {
    close(fd);
    return GREEN_ENOMEM;
  }
  stream->endpoint.local = stream->endpoint.socket.plain = stream->endpoint.lacks[lacks] = true;
  *out = stream;
  return green__socket_adopt(&stream->endpoint, fd);
}

static int streams_open(green_process *process, struct ends *ends) {
  int rc = 0;
  for (int i = 0; i < 3; i++) {
    if (rc < 0 || ends->own[i] < 0) continue;
    rc = stream_of(ends->own[i], i ? GREEN__OUTPUT : GREEN__INPUT, &process->pipes[i]);
    ends->own[i] = -1;
  }
  return rc;
}

/* ---- start ----------------------------------------------------------------------------------- */

static void child_on_closed(uv_handle_t *handle) {
  green__free(handle->data);
}

static void child_close(struct green__child *child) {
  child->process = NULL;
  uv_close((uv_handle_t *)&child->handle, child_on_closed);
}

static void child_on_exit(uv_process_t *handle, int64_t code, int signal) {
  struct green__child *child = handle->data;
  green_process *process = child->process;
  child_close(child);
  process->child = NULL;
  green__process_over(process, (int)code, signal);
}

static int child_spawn(struct green__child *child, const struct green__launch *start,
                       const struct ends *ends) {
  uv_stdio_container_t stdio[3];
  for (int i = 0; i < 3; i++) {
    bool pipe = ends->child[i] >= 0;
    bool none = start->stdio[i] == GREEN_PROCESS_NULL || (!pipe && !is_inherited(i));
    stdio[i].flags = none ? UV_IGNORE : UV_INHERIT_FD;
    stdio[i].data.fd = pipe ? ends->child[i] : i;
  }
  /* libuv leaves the strings as they are */
  const uv_process_options_t options = {.exit_cb = child_on_exit,
                                        .file = start->file,
                                        .args = (char **)(uintptr_t)start->arguments,
                                        .env = (char **)(uintptr_t)start->environment,
                                        .cwd = start->folder,
                                        .flags = start->group ? UV_PROCESS_DETACHED : 0,
                                        .stdio_count = 3,
                                        .stdio = stdio};
  child->handle.data = child;
  int rc = uv_spawn(green_uv_loop(), &child->handle, &options);
  if (rc == UV_E2BIG) return GREEN_EMSGSIZE;
  return rc == -ENOEXEC ? GREEN_EINVAL : green_status_from_uv(rc);
}

/* The system gives one errno for the folder and for the file. */
static int explain(int status, const struct green__launch *start, const char **where) {
  struct stat found;
  if (!start->folder) return status;
  if (stat(start->folder, &found) < 0)
    status = green_status_from_errno(errno);
  else if (!S_ISDIR(found.st_mode))
    status = GREEN_ENOTDIR;
  else if (access(start->folder, X_OK) < 0)
    status = green_status_from_errno(errno);
  else
    return status;
  *where = start->folder;
  return status;
}

/* As long as it lasts the descriptors 0 to 2 are taken, so that neither a pipe's end nor what libuv opens becomes one
 * of a child's standard streams: a program may have closed its own. */
struct places {
  bool held[3];
};

static void places_give(const struct places *places) {
  for (int i = 0; i < 3; i++)
    if (places->held[i]) close(i);
}

static int places_take(struct places *places) {
  *places = (struct places){{false}};
  for (int i = 0; i < 3; i++) {
    if (fcntl(i, F_GETFD) >= 0) continue;
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
      int rc = green_status_from_errno(errno);
      places_give(places);
      return rc;
    }
    if (fd < 3)
      places->held[fd] = true;
    else
      close(fd); /* another thread was faster */
  }
  return 0;
}

static int child_start(green_process *process, const struct green__launch *start,
                       const char **where) {
  struct ends ends;
  struct green__child *child = green__alloc(sizeof *child);
  if (!child) return GREEN_ENOMEM;
  memset(child, 0, sizeof *child);
  int rc = ends_open(&ends, start);
  if (rc == 0) rc = streams_open(process, &ends);
  bool begun = rc == 0;
  if (begun) rc = child_spawn(child, start, &ends);
  close_all(ends.child);
  close_all(ends.own);
  if (rc < 0) {
    if (begun)
      child_close(child); /* libuv has the handle all the same */
    else
      green__free(child);
    return begun ? explain(rc, start, where) : rc;
  }
  child->process = process;
  process->child = child;
  process->id = child->handle.pid;
  process->references++;
  return 0;
}

int green__process_start(green_process *process, const struct green__launch *start,
                         const char **where) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  struct places places;
  pthread_once(&once, survivors_watch_forks);
  reap();
  int rc = places_take(&places);
  if (rc < 0) return rc;
  rc = child_start(process, start, where);
  places_give(&places);
  return rc;
}

/* ---- the end --------------------------------------------------------------------------------- */

int green__process_signal(const green_process *process, int signal) {
  int rc = uv_kill(process->group ? -process->id : process->id, signal);
  return rc == UV_ESRCH ? GREEN_EALREADY : green_status_from_uv(rc);
}

void green__process_sweep(const green_process *process) {
  uv_kill(-process->id, SIGKILL);
}

void green__process_leave(green_process *process) {
  uv_unref((uv_handle_t *)&process->child->handle);
}

/* One that was killed ends at once, so that it can be waited for. */
void green__process_forget(green_process *process, bool killed) {
  child_close(process->child);
  process->child = NULL;
  if (killed)
    while (waitpid(process->id, NULL, 0) < 0 && errno == EINTR) continue;
  else
    reap_later(process->id);
  reap();
}
