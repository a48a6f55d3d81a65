/* Channels: FIFO on both sides, closing, and the host's own stack. Select is in test_select.c. */
#include "harness.h"

struct scene {
  green_channel *channel;
  struct test_trace trace;
};

struct party {
  struct scene *scene;
  int item;
};

static int send_one(void *arg) {
  struct party *party = arg;
  int rc = green_channel_send(party->scene->channel, &party->item);
  test_trace(&party->scene->trace, "sent %d:%s", party->item, green_status_name(rc));
  return rc;
}

static int receive_one(void *arg) {
  struct party *party = arg;
  int item = -1, rc = green_channel_receive(party->scene->channel, &item);
  test_trace(&party->scene->trace, "%d got %d:%s", party->item, item, green_status_name(rc));
  return rc;
}

static int spawn_parties(struct scene *scene, green_function function, int first,
                         struct test_futures *tasks) {
  for (int i = 0; i < (int)tasks->count; i++) {
    struct party party = {scene, first + i};
    tasks->at[i] = green_spawn_copy(function, &party, sizeof party);
    CHECK_STARTED(tasks->at[i]);
  }
  return green_yield();
}

TEST_OUTSIDE(channel_new_checks_its_size) {
  green_channel *channel;
  CHECK_STATUS(green_channel_new(&channel, 1 << 20, 1025), GREEN_EINVAL);
  CHECK_STATUS(green_channel_new(&channel, SIZE_MAX / 2, 4), GREEN_EINVAL);
  CHECK_STATUS(green_channel_new(&channel, 8, 2), 0);
  AUTO_CHANNEL green_channel *owned = channel;
  CHECK(green_channel_retain(owned) == channel);
  green_channel_release(channel);
  CHECK(!green_channel_is_closed(owned));
  CHECK_NUMBER(green_channel_length(owned), 0);
  return 0;
}

TEST(channel_buffers_up_to_its_capacity) {
  struct scene scene = {NULL, {0}};
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof(int), 2), 0);
  scene.channel = channel;
  AUTO_JOIN_ALL struct test_futures senders = test_futures(4);
  CHECK_STATUS(spawn_parties(&scene, send_one, 1, &senders), 0);
  CHECK_STRING(scene.trace.text, "sent 1:OK sent 2:OK");
  CHECK_NUMBER(green_channel_length(channel), 2);
  for (int i = 1; i <= 4; i++) {
    int item = 0;
    CHECK_STATUS(green_channel_receive(channel, &item), 0);
    CHECK_NUMBER(item, i);
  }
  CHECK_STATUS(green_wait_all(senders.at, 4), 0);
  CHECK_NUMBER(green_channel_length(channel), 0);
  return 0;
}

TEST(channel_without_capacity_hands_over) {
  struct scene scene = {NULL, {0}};
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof(int), 0), 0);
  scene.channel = channel;
  AUTO_JOIN_ALL struct test_futures senders = test_futures(2);
  CHECK_STATUS(spawn_parties(&scene, send_one, 1, &senders), 0);
  CHECK_STRING(scene.trace.text, "");
  CHECK_NUMBER(green_channel_length(channel), 0);
  int item = 0;
  CHECK_STATUS(green_channel_receive(channel, &item), 0);
  CHECK_NUMBER(item, 1);
  CHECK_STATUS(green_channel_try_receive(channel, &item), 0);
  CHECK_NUMBER(item, 2);
  CHECK_STATUS(green_channel_try_receive(channel, &item), GREEN_EAGAIN);
  CHECK_STATUS(green_wait_all(senders.at, 2), 0);
  return 0;
}

TEST(channel_serves_receivers_in_order) {
  struct scene scene = {NULL, {0}};
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof(int), 0), 0);
  scene.channel = channel;
  AUTO_JOIN_ALL struct test_futures receivers = test_futures(3);
  CHECK_STATUS(spawn_parties(&scene, receive_one, 0, &receivers), 0);
  for (int i = 10; i < 13; i++) CHECK_STATUS(green_channel_send(channel, &i), 0);
  CHECK_STATUS(green_wait_all(receivers.at, 3), 0);
  CHECK_STRING(scene.trace.text, "0 got 10:OK 1 got 11:OK 2 got 12:OK");
  return 0;
}

TEST(channel_does_not_let_a_send_pass_those_that_wait) {
  struct scene scene = {NULL, {0}};
  int item = 9;
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof(int), 1), 0);
  scene.channel = channel;
  CHECK_STATUS(green_channel_send(channel, &item), 0);
  AUTO_JOIN_ALL struct test_futures senders = test_futures(2);
  CHECK_STATUS(spawn_parties(&scene, send_one, 1, &senders), 0);
  CHECK_STATUS(green_channel_receive(channel, &item), 0);
  int late = 5;
  CHECK_STATUS(green_channel_try_send(channel, &late), GREEN_EAGAIN);
  CHECK_STATUS(green_channel_receive(channel, &item), 0);
  CHECK_NUMBER(item, 1);
  CHECK_STATUS(green_channel_receive(channel, &item), 0);
  CHECK_NUMBER(item, 2);
  return 0;
}

TEST(channel_items_of_no_size) {
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, 0, 3), 0);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_channel_send(channel, NULL), 0);
  CHECK_NUMBER(green_channel_length(channel), 3);
  CHECK_STATUS(green_channel_try_send(channel, NULL), GREEN_EAGAIN);
  for (int i = 0; i < 3; i++) CHECK_STATUS(green_channel_receive(channel, NULL), 0);
  CHECK_STATUS(green_channel_try_receive(channel, NULL), GREEN_EAGAIN);
  return 0;
}

struct large {
  int first;
  char padding[997];
  int last;
};

TEST(channel_items_of_odd_size) {
  static struct large sent, received;
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof sent, 3), 0);
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < 2; i++) {
      sent.first = sent.last = round * 10 + i;
      CHECK_STATUS(green_channel_send(channel, &sent), 0);
    }
    for (int i = 0; i < 2; i++) {
      CHECK_STATUS(green_channel_receive(channel, &received), 0);
      CHECK_NUMBER(received.first, round * 10 + i);
      CHECK_NUMBER(received.last, round * 10 + i);
    }
  }
  return 0;
}

/* ---- closing ---- */

TEST(channel_close_wakes_senders_and_keeps_what_was_sent) {
  struct scene scene = {NULL, {0}};
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof(int), 1), 0);
  scene.channel = channel;
  AUTO_JOIN_ALL struct test_futures senders = test_futures(3);
  CHECK_STATUS(spawn_parties(&scene, send_one, 1, &senders), 0);
  green_channel_close(channel);
  green_channel_close(channel);
  CHECK(green_channel_is_closed(channel));
  CHECK_STATUS(green_wait(senders.at[0]), 0);
  CHECK_STATUS(green_wait(senders.at[1]), GREEN_ECLOSED);
  CHECK_STATUS(green_wait(senders.at[2]), GREEN_ECLOSED);
  int item = 0;
  CHECK_STATUS(green_channel_send(channel, &item), GREEN_ECLOSED);
  CHECK_STATUS(green_channel_try_send(channel, &item), GREEN_ECLOSED);
  CHECK_STATUS(green_channel_receive(channel, &item), 0);
  CHECK_NUMBER(item, 1);
  item = 77;
  CHECK_STATUS(green_channel_receive(channel, &item), GREEN_ECLOSED);
  CHECK_STATUS(green_channel_try_receive(channel, &item), GREEN_ECLOSED);
  CHECK_NUMBER(item, 77);
  return 0;
}

TEST(channel_close_wakes_receivers) {
  struct scene scene = {NULL, {0}};
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof(int), 0), 0);
  scene.channel = channel;
  AUTO_JOIN_ALL struct test_futures receivers = test_futures(2);
  CHECK_STATUS(spawn_parties(&scene, receive_one, 0, &receivers), 0);
  green_channel_close(channel);
  CHECK_STATUS(green_wait(receivers.at[0]), GREEN_ECLOSED);
  CHECK_STATUS(green_wait(receivers.at[1]), GREEN_ECLOSED);
  CHECK_STRING(scene.trace.text, "0 got -1:ECLOSED 1 got -1:ECLOSED");
  return 0;
}

/* ---- interruption ---- */

TEST(channel_sender_that_is_cancelled_has_not_sent) {
  struct scene scene = {NULL, {0}};
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof(int), 0), 0);
  scene.channel = channel;
  AUTO_JOIN_ALL struct test_futures senders = test_futures(2);
  CHECK_STATUS(spawn_parties(&scene, send_one, 1, &senders), 0);
  CHECK_STATUS(green_cancel(senders.at[0]), 0);
  int item = 0;
  CHECK_STATUS(green_channel_receive(channel, &item), 0);
  CHECK_NUMBER(item, 2);
  CHECK_STATUS(green_wait(senders.at[0]), GREEN_ECANCELED);
  CHECK_STATUS(green_channel_try_receive(channel, &item), GREEN_EAGAIN);
  return 0;
}

/* What was handed over already stays so, though a cancel came before the task could run. */
TEST(channel_handed_over_then_cancelled_is_received) {
  struct scene scene = {NULL, {0}};
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof(int), 0), 0);
  scene.channel = channel;
  AUTO_JOIN_ALL struct test_futures receivers = test_futures(1);
  CHECK_STATUS(spawn_parties(&scene, receive_one, 0, &receivers), 0);
  int item = 6;
  CHECK_STATUS(green_channel_try_send(channel, &item), 0);
  CHECK_STATUS(green_cancel(receivers.at[0]), 0);
  CHECK_STATUS(green_wait(receivers.at[0]), 0);
  CHECK_STRING(scene.trace.text, "0 got 6:OK");
  return 0;
}

TEST(channel_receiver_that_times_out_gets_no_late_write) {
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof(int), 0), 0);
  int item = 1, late = 2;
  GREEN_TIMEOUT(1) {
    CHECK_STATUS(green_channel_receive(channel, &item), GREEN_ETIMEDOUT);
  }
  CHECK_STATUS(green_channel_try_send(channel, &late), GREEN_EAGAIN);
  CHECK_NUMBER(item, 1);
  return 0;
}

/* ---- the host's own stack ---- */

TEST_OUTSIDE(channel_outside_a_task) {
  int item = 4;
  AUTO_CHANNEL green_channel *channel = NULL;
  CHECK_STATUS(green_channel_new(&channel, sizeof item, 1), 0);
  CHECK_STATUS(green_channel_send(channel, &item), GREEN_EMAIN);
  CHECK_STATUS(green_channel_receive(channel, &item), GREEN_EMAIN);
  CHECK_STATUS(green_channel_try_receive(channel, &item), GREEN_EAGAIN);
  CHECK_STATUS(green_channel_try_send(channel, &item), 0);
  CHECK_STATUS(green_channel_try_send(channel, &item), GREEN_EAGAIN);
  item = 0;
  CHECK_STATUS(green_channel_try_receive(channel, &item), 0);
  CHECK_NUMBER(item, 4);
  return 0;
}

/* ---- a pipeline ---- */

struct pipe {
  green_channel *in, *out;
  int count;
};

static int produce(void *arg) {
  struct pipe *pipe = arg;
  int rc = 0;
  for (int i = 0; i < pipe->count && rc == 0; i++) rc = green_channel_send(pipe->out, &i);
  green_channel_close(pipe->out);
  return rc;
}

static int double_all(void *arg) {
  struct pipe *pipe = arg;
  int item, rc;
  while ((rc = green_channel_receive(pipe->in, &item)) == 0) {
    item *= 2;
    rc = green_channel_send(pipe->out, &item);
    if (rc < 0) break;
  }
  green_channel_close(pipe->out);
  return rc == GREEN_ECLOSED ? 0 : rc;
}

static int run_pipeline(size_t capacity) {
  AUTO_CHANNEL green_channel *first = NULL, *second = NULL;
  CHECK_STATUS(green_channel_new(&first, sizeof(int), capacity), 0);
  CHECK_STATUS(green_channel_new(&second, sizeof(int), capacity), 0);
  struct pipe source = {NULL, first, 1000}, stage = {first, second, 0};
  AUTO_JOIN green_future *producer = green_spawn(produce, &source);
  AUTO_JOIN green_future *doubler = green_spawn(double_all, &stage);
  CHECK_STARTED(producer);
  CHECK_STARTED(doubler);
  int item, expected = 0, rc;
  while ((rc = green_channel_receive(second, &item)) == 0) {
    CHECK_NUMBER(item, expected * 2);
    expected++;
  }
  CHECK_STATUS(rc, GREEN_ECLOSED);
  CHECK_NUMBER(expected, 1000);
  return green_wait(producer);
}

TEST(channel_pipeline_without_capacity) {
  return run_pipeline(0);
}
TEST(channel_pipeline_with_one) {
  return run_pipeline(1);
}
TEST(channel_pipeline_with_many) {
  return run_pipeline(64);
}
