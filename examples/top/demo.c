#include "demo.h"

#include <stdio.h>
#include "watched.h"

static green_lock printer;
static green_channel *pages;
static green_pool *pictures;
static green_group *group;

static void compute(long rounds) {
  static volatile unsigned long sink;
  for (long i = 0; i < rounds; i++) sink += (unsigned long)i;
}

static int tick(void *arg) {
  (void)arg;
  int rc = 0;
  while (rc == 0) {
    compute(20000);
    rc = green_sleep(20);
  }
  return rc;
}

static int read_pages(void *arg) {
  (void)arg;
  int page = 0;
  int rc = 0;
  while (rc == 0) {
    rc = green_sleep(15);
    if (rc == 0) rc = green_channel_send(pages, &page);
  }
  return rc;
}

static int print_pages(void *arg) {
  (void)arg;
  int page;
  int rc = 0;
  while (rc == 0 && (rc = green_channel_receive(pages, &page)) == 0) {
    rc = green_lock_acquire(&printer);
    if (rc < 0) break;
    compute(100000);
    rc = green_sleep(5);
    green_lock_release(&printer);
  }
  return rc;
}

static int resize(void *arg) {
  (void)arg;
  compute(400000);
  return green_sleep(60);
}

static int feed_pool(void *arg) {
  (void)arg;
  int rc = 0;
  while (rc == 0) {
    for (int i = 0; i < 3; i++) {
      green_future *job = green_pool_submit(pictures, resize, NULL);
      green_future_set_name(job, "resize");
      green_future_release(job);
    }
    rc = green_sleep(50);
  }
  return rc;
}

static int wait_long(void *arg) {
  (void)arg;
  return green_sleep(3600 * 1000);
}

static int spawn_named(const char *name, green_function function) {
  return green_group_spawn_with(group, NULL, function, NULL, &(green_spawn_options){.name = name});
}

int demo_start(void) {
  int rc = green_group_new(&group, &(green_group_options){.name = "demo"});
  if (rc == 0) rc = green_channel_new(&pages, sizeof(int), 4);
  if (rc == 0) rc = green_pool_new(&pictures, &(green_pool_options){.max_workers = 3});
  if (rc == 0) rc = watched_pool("pictures", pictures);
  if (rc == 0) rc = spawn_named("clock", tick);
  if (rc == 0) rc = spawn_named("reader", read_pages);
  if (rc == 0) rc = spawn_named("printer 1", print_pages);
  if (rc == 0) rc = spawn_named("printer 2", print_pages);
  if (rc == 0) rc = spawn_named("camera", feed_pool);
  for (int i = 0; i < 4 && rc == 0; i++) rc = spawn_named("idle client", wait_long);
  return rc;
}

void demo_end(void) {
  green_group_release(group);
  green_pool_release(pictures);
  green_channel_release(pages);
}
