/* Select: waits on several channels and futures, and takes exactly one. */
#include "harness.h"

#define RECEIVE(from, to)                                                                          \
  { .operation = GREEN_SELECT_RECEIVE, .channel = (from), .item = (to) }
#define SEND(to, what)                                                                             \
  { .operation = GREEN_SELECT_SEND, .channel = (to), .item = (what) }
#define FUTURE(which)                                                                              \
  { .operation = GREEN_SELECT_FUTURE, .future = (which) }

struct scene {
  green_channel *a, *b;
  green_future *future;
};

static int scene_make(struct scene *scene, green_channel **a, green_channel **b,
                      green_future **future) {
  CHECK_STATUS(green_channel_new(a, sizeof(int), 0), 0);
  CHECK_STATUS(green_channel_new(b, sizeof(int), 1), 0);
  CHECK_STATUS(green_future_new(future), 0);
  *scene = (struct scene){*a, *b, *future};
  return 0;
}

#define SCENE                                                                                      \
  struct scene scene;                                                                              \
  AUTO_CHANNEL green_channel *a = NULL, *b = NULL;                                                 \
  AUTO_FUTURE green_future *future = NULL;                                                         \
  CHECK_STATUS(scene_make(&scene, &a, &b, &future), 0)

TEST(select_takes_the_lowest_that_is_ready) {
  SCENE;
  int item = 3, got = 0, other = 4;
  CHECK_STATUS(green_channel_send(b, &item), 0);
  green_resolve(future, NULL, NULL);
  green_select_case cases[] = {RECEIVE(a, &got), RECEIVE(b, &got), FUTURE(future), SEND(b, &other)};
  CHECK_STATUS(green_select(cases, 4), 1);
  CHECK_STATUS(cases[1].status, 0);
  CHECK_NUMBER(got, 3);
  CHECK_STATUS(green_select(cases, 4), 2);
  return 0;
}

TEST(select_sends_when_there_is_room) {
  SCENE;
  int item = 5, got = 0;
  green_select_case cases[] = {SEND(a, &item), SEND(b, &item)};
  CHECK_STATUS(green_select(cases, 2), 1);
  CHECK_STATUS(cases[1].status, 0);
  CHECK_NUMBER(green_channel_length(b), 1);
  CHECK_STATUS(green_channel_try_receive(b, &got), 0);
  CHECK_NUMBER(got, 5);
  return 0;
}

static int send_to_a(void *arg) {
  struct scene *scene = arg;
  int item = 8;
  return green_channel_send(scene->a, &item);
}

static int receive_from_a(void *arg) {
  struct scene *scene = arg;
  int item = 0, rc = green_channel_receive(scene->a, &item);
  return rc < 0 ? rc : item;
}

static int resolve_future(void *arg) {
  struct scene *scene = arg;
  return green_resolve(scene->future, NULL, NULL);
}

static int reject_future(void *arg) {
  struct scene *scene = arg;
  return green_reject(scene->future, GREEN_EIO, NULL);
}

TEST(select_parks_until_an_item_comes) {
  SCENE;
  int got = 0, unused = 0;
  AUTO_JOIN green_future *sender = green_spawn(send_to_a, &scene);
  CHECK_STARTED(sender);
  green_select_case cases[] = {FUTURE(future), RECEIVE(b, &unused), RECEIVE(a, &got)};
  CHECK_STATUS(green_select(cases, 3), 2);
  CHECK_NUMBER(got, 8);
  CHECK_STATUS(cases[2].status, 0);
  CHECK_STATUS(green_wait(sender), 0);
  int item = 1; /* nothing is registered with the others any more */
  CHECK_STATUS(green_channel_try_send(b, &item), 0);
  CHECK_NUMBER(green_channel_length(b), 1);
  CHECK_NUMBER(unused, 0);
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_yield(), 0);
  return 0;
}

TEST(select_parks_until_a_receiver_comes) {
  SCENE;
  int item = 6, got = 0;
  AUTO_JOIN green_future *receiver = green_spawn(receive_from_a, &scene);
  CHECK_STARTED(receiver);
  green_select_case cases[] = {RECEIVE(b, &got), SEND(a, &item)};
  CHECK_STATUS(green_select(cases, 2), 1);
  CHECK_STATUS(green_wait(receiver), 6);
  CHECK_STATUS(green_channel_try_receive(a, &got), GREEN_EAGAIN);
  return 0;
}

TEST(select_on_a_future) {
  SCENE;
  int got = 0;
  AUTO_JOIN green_future *resolver = green_spawn(resolve_future, &scene);
  CHECK_STARTED(resolver);
  green_select_case cases[] = {RECEIVE(a, &got), FUTURE(future), FUTURE(NULL), RECEIVE(NULL, &got)};
  CHECK_STATUS(green_select(cases, 4), 1);
  CHECK_STATUS(cases[1].status, 0);
  return 0;
}

TEST(select_gives_a_futures_failure_as_the_cases_status) {
  SCENE;
  AUTO_JOIN green_future *rejecter = green_spawn(reject_future, &scene);
  CHECK_STARTED(rejecter);
  green_select_case cases[] = {FUTURE(future)};
  CHECK_STATUS(green_select(cases, 1), 0);
  CHECK_STATUS(cases[0].status, GREEN_EIO);
  CHECK_STATUS(green_select(cases, 1), 0);
  CHECK_STATUS(cases[0].status, GREEN_EIO);
  return 0;
}

static int close_a(void *arg) {
  struct scene *scene = arg;
  green_channel_close(scene->a);
  return 0;
}

TEST(select_on_a_channel_that_is_closed) {
  SCENE;
  int item = 7;
  AUTO_JOIN green_future *closer = green_spawn(close_a, &scene);
  CHECK_STARTED(closer);
  green_select_case cases[] = {RECEIVE(b, &item), RECEIVE(a, &item)};
  CHECK_STATUS(green_select(cases, 2), 1);
  CHECK_STATUS(cases[1].status, GREEN_ECLOSED);
  CHECK_NUMBER(item, 7);
  green_select_case again[] = {SEND(a, &item)};
  CHECK_STATUS(green_select(again, 1), 0);
  CHECK_STATUS(again[0].status, GREEN_ECLOSED);
  return 0;
}

TEST(select_of_nothing) {
  int item;
  green_select_case cases[] = {RECEIVE(NULL, &item), SEND(NULL, &item), FUTURE(NULL)};
  CHECK_STATUS(green_select(cases, 3), GREEN_EINVAL);
  CHECK_STATUS(green_select(NULL, 0), GREEN_EINVAL);
  return 0;
}

TEST(select_on_oneself_is_a_deadlock) {
  green_select_case cases[] = {FUTURE(green_current())};
  CHECK_STATUS(green_select(cases, 1), GREEN_EDEADLK);
  return 0;
}

TEST(select_interrupted_takes_none) {
  SCENE;
  int got = 0, item = 1;
  green_select_case cases[] = {RECEIVE(a, &got), FUTURE(future), SEND(a, &item)};
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(green_select(cases, 3), GREEN_ETIMEDOUT);
  }
  green_cancel(green_current());
  CHECK_STATUS(green_select(cases, 3), GREEN_ECANCELED);
  CHECK_STATUS(green_channel_try_send(a, &item), GREEN_EAGAIN);
  CHECK_STATUS(green_channel_try_receive(a, &item), GREEN_EAGAIN);
  CHECK(!green_done(future));
  CHECK_NUMBER(got, 0);
  return 0;
}

/* One who selects on both sides of a channel does not serve itself. */
TEST(select_does_not_meet_itself) {
  SCENE;
  int item = 2, got = 0;
  green_select_case cases[] = {SEND(a, &item), RECEIVE(a, &got)};
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(green_select(cases, 2), GREEN_ETIMEDOUT);
  }
  CHECK_NUMBER(got, 0);
  return 0;
}

static int select_receive(void *arg) {
  struct scene *scene = arg;
  int got = -1;
  green_select_case cases[] = {RECEIVE(scene->a, &got), FUTURE(scene->future)};
  int rc = green_select(cases, 2);
  if (rc < 0) return rc;
  return rc == 0 ? got : 100 + cases[1].status;
}

static int select_send(void *arg) {
  struct scene *scene = arg;
  int item = 9;
  green_select_case cases[] = {SEND(scene->a, &item), FUTURE(scene->future)};
  return green_select(cases, 2);
}

TEST(select_meets_select) {
  SCENE;
  AUTO_JOIN green_future *receiver = green_spawn(select_receive, &scene);
  AUTO_JOIN green_future *sender = green_spawn(select_send, &scene);
  CHECK_STARTED(receiver);
  CHECK_STARTED(sender);
  CHECK_STATUS(green_wait(receiver), 9);
  CHECK_STATUS(green_wait(sender), 0);
  return 0;
}

/* Two things come true in one turn: one is taken, and the other is whole. */
TEST(select_takes_exactly_one_of_two_in_a_turn) {
  SCENE;
  int item = 4;
  AUTO_JOIN green_future *selecting = green_spawn(select_receive, &scene);
  CHECK_STARTED(selecting);
  CHECK_STATUS(green_yield(), 0);
  green_resolve(future, NULL, NULL);
  CHECK_STATUS(green_channel_try_send(a, &item), GREEN_EAGAIN);
  CHECK_STATUS(green_wait(selecting), 100);
  AUTO_FUTURE green_future *fresh = NULL;
  CHECK_STATUS(green_future_new(&fresh), 0);
  scene.future = fresh;
  AUTO_JOIN green_future *second = green_spawn(select_receive, &scene);
  CHECK_STARTED(second);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_channel_try_send(a, &item), 0);
  green_resolve(fresh, NULL, NULL);
  CHECK_STATUS(green_wait(second), 4);
  return 0;
}

TEST_OUTSIDE(select_outside_a_task) {
  SCENE;
  int got = 0;
  green_select_case cases[] = {RECEIVE(a, &got), FUTURE(future)};
  CHECK_STATUS(green_select(cases, 2), GREEN_EMAIN);
  return 0;
}

struct mix {
  green_channel *channels[3];
  int count;
};

/* A sender that fails closes the channels, so that nobody waits for what it did not send. */
static int send_many(void *arg) {
  struct mix *mix = arg;
  int rc = 0;
  for (int i = 0; i < mix->count && rc >= 0; i++) {
    green_select_case cases[] = {SEND(mix->channels[0], &i), SEND(mix->channels[1], &i),
                                 SEND(mix->channels[2], &i)};
    rc = green_select(cases, 3);
  }
  for (int i = 0; i < 3 && rc < 0; i++) green_channel_close(mix->channels[i]);
  return rc < 0 ? rc : 0;
}

TEST(select_loses_and_doubles_nothing) {
  int count = (int)test_scale(200, 5), sum = 0;
  AUTO_CHANNEL green_channel *a = NULL, *b = NULL, *c = NULL;
  CHECK_STATUS(green_channel_new(&a, sizeof(int), 0), 0);
  CHECK_STATUS(green_channel_new(&b, sizeof(int), 0), 0);
  CHECK_STATUS(green_channel_new(&c, sizeof(int), 2), 0);
  struct mix mix = {{a, b, c}, count};
  AUTO_JOIN_ALL struct test_futures senders = test_futures(3);
  for (int i = 0; i < 3; i++) {
    senders.at[i] = green_spawn(send_many, &mix);
    CHECK_STARTED(senders.at[i]);
  }
  for (int i = 0; i < 3 * count; i++) {
    int got[3] = {0, 0, 0};
    green_select_case cases[] = {RECEIVE(c, &got[2]), RECEIVE(b, &got[1]), RECEIVE(a, &got[0])};
    int taken = test_saw(green_select(cases, 3));
    CHECK(taken >= 0);
    CHECK_STATUS(cases[taken].status, 0);
    sum += got[0] + got[1] + got[2];
  }
  CHECK_STATUS(green_wait_all(senders.at, 3), 0);
  CHECK_NUMBER(sum, 3 * count * (count - 1) / 2);
  return 0;
}
