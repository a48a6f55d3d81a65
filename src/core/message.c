/* What the running task, or its job, was told about failures: by green_fail(), by a failed future
 * that it waited for, by what interrupted it.
 *
 * Of each status the newest message is kept, so that a failure on its way up keeps its words while
 * a cleanup meets others: the children that it cancels and joins. `message` is what was left last;
 * those of other statuses before it are in `earlier`, newest first. A message without text reads as
 * green_strerror(): there was none, or no memory for it. */
#include "task.h"

#include <greenio/status.h>
#include "memory.h"

#define EARLIER_MOST 7

struct green__message {
  struct green__message *next;
  int status;
  char *text; /* or NULL */
};

static void message_free(struct green__message *message) {
  green__free(message->text);
  green__free(message);
}

/* Takes the earlier message of a status out of the list; its text, or NULL. */
static char *earlier_take(struct green__task *task, int status) {
  struct green__message **link = &task->earlier;
  while (*link && (*link)->status != status) link = &(*link)->next;
  struct green__message *message = *link;
  if (!message) return NULL;
  char *text = message->text;
  *link = message->next;
  green__free(message);
  return text;
}

/* Puts what was left last before the earlier ones. */
static void earlier_add(struct green__task *task) {
  char *text = task->message;
  task->message = NULL;
  if (!text) return; /* green_strerror() knows it as well */
  struct green__message *message = green__alloc(sizeof *message);
  if (!message) {
    green__free(text);
    return;
  }
  *message = (struct green__message){task->earlier, task->message_status, text};
  task->earlier = message;
  struct green__message **link = &task->earlier;
  for (int i = 0; i < EARLIER_MOST && *link; i++) link = &(*link)->next;
  if (!*link) return;
  message_free(*link);
  *link = NULL;
}

void green__message_leave(struct green__task *task, int status, char *text) {
  green__free(earlier_take(task, status));
  if (task->message_status != status)
    earlier_add(task);
  else
    green__free(task->message);
  task->message = text;
  task->message_status = status;
}

void green__message_carry(struct green__task *task, const struct green_future *future) {
  const char *text = future->message;
  green__message_leave(task, future->status, text ? green__copy_string(text, SIZE_MAX - 1) : NULL);
}

void green__message_again(struct green__task *task, int status) {
  if (task->message_status == status) return;
  green__message_leave(task, status, earlier_take(task, status));
}

const char *green__message_of(const struct green__task *task, int status) {
  if (task->message_status == status) return task->message;
  const struct green__message *message = task->earlier;
  while (message && message->status != status) message = message->next;
  return message ? message->text : NULL;
}

char *green__message_take(struct green__task *task, int status) {
  char *text = NULL;
  if (status < 0 && task->message_status == status) {
    text = task->message;
    task->message = NULL;
  } else if (status < 0 && task->earlier) {
    text = earlier_take(task, status);
  }
  green__free(task->message);
  task->message = NULL;
  task->message_status = 0;
  while (task->earlier) {
    struct green__message *message = task->earlier;
    task->earlier = message->next;
    message_free(message);
  }
  return text;
}

const char *green_message_of(int status) {
  const struct green__task *self = green__self();
  const struct green__words *words = green__thread.words;
  const char *text = NULL;
  if (self)
    text = green__message_of(self, status);
  else if (words && words->status == status)
    text = words->text;
  return text ? text : green_strerror(status);
}

static void words_leave(struct green__words *words, int status, char *text) {
  green__free(words->text);
  *words = (struct green__words){status, text};
}

int green_fail(int status, const char *format, ...) {
  struct green__task *self = green__self();
  struct green__words *words = green__thread.words;
  if (!self && !words) return status;
  char *text = NULL;
  if (format) {
    va_list arguments;
    va_start(arguments, format);
    text = green__format(format, arguments); /* it may name the one that is there */
    va_end(arguments);
  }
  if (self)
    green__message_leave(self, status, text);
  else
    words_leave(words, status, text);
  return status;
}

static const char *read_message(int status, const char *text) {
  return text ? text : status < 0 ? green_strerror(status) : "";
}

const char *green_message(void) {
  const struct green__task *self = green__self();
  const struct green__words *words = green__thread.words;
  if (self) return read_message(self->message_status, self->message);
  return words ? read_message(words->status, words->text) : "";
}
