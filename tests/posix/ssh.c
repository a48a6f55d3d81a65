/* libssh2, blocking: each piece runs a command that ends when the watcher has seen all of them run.
 * The address is PORT:USER:KEY:FOLDER; a command makes a file in the folder and waits for a line from
 * the pipe `go`.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <libssh2.h>
#include "library.h"
#include "ssh.h"

static int done; /* pieces */

static int run(LIBSSH2_SESSION *session, const char *command, char *output, size_t size) {
  LIBSSH2_CHANNEL *channel = ssh_execute(session, command);
  if (!channel) return wrong("ssh: no channel");
  size_t used = 0;
  ssize_t count = 0;
  while ((count = libssh2_channel_read(channel, output + used, size - 1 - used)) > 0)
    used += (size_t)count;
  output[used] = 0;
  libssh2_channel_free(channel);
  return count < 0 ? wrong("ssh: the command failed") : 0;
}

static int talk(const struct ssh *ssh, int i, bool in_task) {
  char command[800], output[64], expected[64];
  snprintf(expected, sizeof expected, "piece %d\n", i);
  if (in_task)
    snprintf(command, sizeof command, "touch %s/here-%d; read line <%s/go; echo piece %d",
             ssh->folder, i, ssh->folder, i);
  else
    snprintf(command, sizeof command, "echo piece %d", i);
  int rc = run(ssh->session, command, output, sizeof output);
  if (rc == 0 && strcmp(output, expected) != 0) rc = wrong("ssh: piece %d said %s", i, output);
  return rc;
}

int work(int i, bool in_task) {
  struct ssh ssh;
  int rc = ssh_enter(&ssh, address) < 0 ? wrong("ssh: %s", ssh.what) : talk(&ssh, i, in_task);
  ssh_leave(&ssh);
  done++;
  return rc;
}

/* Lets them go on: the pipe keeps its lines while somebody has it open. */
static int release(const struct ssh *ssh) {
  char command[400];
  snprintf(command, sizeof command, "exec 3<>%s/go; yes '' | head -n %d >&3; cat", ssh->folder,
           TASKS);
  LIBSSH2_CHANNEL *channel = ssh_execute(ssh->session, command);
  if (!channel) return wrong("ssh: no channel");
  int rc = 0;
  while (done < TASKS && (rc = green_sleep(5)) == 0) continue;
  libssh2_channel_free(channel);
  return rc;
}

int watch(void) {
  struct ssh ssh;
  char command[400], output[64] = "0";
  int here = 0, rc = ssh_enter(&ssh, address) < 0 ? wrong("ssh: %s", ssh.what) : 0;
  snprintf(command, sizeof command, "ls %s | grep -c here-", ssh.folder);
  while (rc == 0 && here < TASKS && (rc = green_sleep(20)) == 0) {
    rc = run(ssh.session, command, output, sizeof output);
    here = atoi(output);
  }
  printf("sshd runs %d commands at once\n", here);
  if (rc == 0) rc = release(&ssh);
  ssh_leave(&ssh);
  return rc;
}
