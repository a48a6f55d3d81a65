/* What a program loads that calls vfork(), which it does not itself: runs `in_child` in a child. The child's status. */
#include <sys/wait.h>
#include <unistd.h>

int in_child_of_vfork(int (*in_child)(void));
int in_child_of_vfork(int (*in_child)(void)) {
  int status = 1;
  volatile pid_t child = vfork();
  if (child == 0) _exit(in_child());
  return waitpid(child, &status, 0) == child ? status : -1;
}
