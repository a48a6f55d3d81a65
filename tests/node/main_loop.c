/* A program whose main is left by emscripten_set_main_loop(): its frames come, a task that one of them
 * has spawned runs and sleeps as Emscripten's code does, and the program ends. */
#include <stdio.h>
#include <emscripten.h>
#include <greenio/greenio.h>

static int frames;

static int task(void *arg) {
  (void)arg;
  int before = frames;
  while (frames < before + 3) emscripten_sleep(1);
  puts("frames come while a task waits");
  emscripten_force_exit(0); /* exit() leaves the frames to come, as ever in Emscripten */
}

static void frame(void) {
  if (++frames == 2) green_future_release(green_spawn(task, NULL));
}

int main(void) {
  puts("main");
  emscripten_set_main_loop(frame, 500, 1);
  puts("main goes on");
  return 1;
}
