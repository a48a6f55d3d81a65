/* native.pingpong: two tasks over two channels of capacity 0. Usage: bench_pingpong COUNT. Prints
 * nanoseconds a round, there and back. */
#include <greenio/greenio.h>
#include <stdio.h>
#include <stdlib.h>

static green_channel *there, *back;
static long count;

static int ponger(void *arg) {
  (void)arg;
  int item, rc;
  while ((rc = green_channel_receive(there, &item)) == 0) {
    rc = green_channel_send(back, &item);
    if (rc < 0) return rc;
  }
  return rc == GREEN_ECLOSED ? 0 : rc;
}

static int rounds(long times) {
  for (int n = 0; n < times; n++) {
    int item = -1;
    int rc = green_channel_send(there, &n);
    if (rc == 0) rc = green_channel_receive(back, &item);
    if (rc < 0) return rc;
    if (item != n) return GREEN_EINVAL;
  }
  return 0;
}

static int app(void *arg) {
  (void)arg;
  green_future *other = green_spawn(ponger, NULL);
  int rc = rounds(count / 10 + 1);
  uint64_t start = green_now();
  if (rc == 0) rc = rounds(count);
  double elapsed = (double)(green_now() - start);
  if (rc == 0) printf("%.3f\n", elapsed / (double)count);
  green_channel_close(there);
  int rc_other = green_join(other);
  return rc < 0 ? rc : rc_other;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  count = atol(argv[1]);
  if (green_channel_new(&there, sizeof(int), 0) < 0) return 1;
  if (green_channel_new(&back, sizeof(int), 0) < 0) return 1;
  int rc = green_run(app, NULL);
  green_channel_release(there);
  green_channel_release(back);
  return rc < 0;
}
