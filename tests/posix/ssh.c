/* libssh2, blocking: each piece runs a command that ends when the watcher has seen all of them run.
 * The address is PORT:KEY:FOLDER; a command makes a file in the folder and waits for a line from
 * the pipe `go`.
 */
#include <dirent.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <libssh2.h>
#include "library.h"

static char key[256], folder[256];

static int enter(void) {
  int port;
  if (sscanf(address, "%d:%255[^:]:%255s", &port, key, folder) != 3) return wrong("ssh: address");
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                           .sin_port = htons((uint16_t)port)};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) return fd;
  close(fd);
  return wrong("ssh: cannot connect");
}

static int run(LIBSSH2_SESSION *session, const char *command, char *output, size_t size) {
  LIBSSH2_CHANNEL *channel = libssh2_channel_open_session(session);
  if (!channel) return wrong("ssh: no channel");
  int rc = libssh2_channel_exec(channel, command);
  size_t used = 0;
  ssize_t count = 0;
  while (rc == 0 && (count = libssh2_channel_read(channel, output + used, size - 1 - used)) > 0)
    used += (size_t)count;
  output[used] = 0;
  libssh2_channel_free(channel);
  return rc < 0 || count < 0 ? wrong("ssh: the command failed") : 0;
}

static int talk(LIBSSH2_SESSION *session, int fd, int i, bool in_task) {
  const char *user = getpwuid(getuid())->pw_name;
  char command[800], output[64], expected[64];
  if (libssh2_session_handshake(session, fd) < 0) return wrong("ssh: no handshake");
  if (libssh2_userauth_publickey_fromfile(session, user, NULL, key, NULL) < 0)
    return wrong("ssh: not let in");
  snprintf(expected, sizeof expected, "piece %d\n", i);
  if (in_task)
    snprintf(command, sizeof command, "touch %s/here-%d; read line <%s/go; echo piece %d", folder,
             i, folder, i);
  else
    snprintf(command, sizeof command, "echo piece %d", i);
  int rc = run(session, command, output, sizeof output);
  if (rc == 0 && strcmp(output, expected) != 0) rc = wrong("ssh: piece %d said %s", i, output);
  return rc;
}

int work(int i, bool in_task) {
  int fd = enter();
  if (fd < 0) return fd;
  LIBSSH2_SESSION *session = libssh2_session_init();
  int rc = talk(session, fd, i, in_task);
  libssh2_session_free(session);
  close(fd);
  return rc;
}

static int count_here(void) {
  int count = 0;
  DIR *listing = opendir(folder);
  if (!listing) return 0;
  for (struct dirent *entry; (entry = readdir(listing));)
    count += strncmp(entry->d_name, "here-", 5) == 0;
  closedir(listing);
  return count;
}

int watch(void) {
  int here, rc = 0;
  while ((here = count_here()) < TASKS && (rc = green_sleep(20)) == 0) continue;
  printf("sshd runs %d commands at once\n", here);
  char go[300];
  snprintf(go, sizeof go, "%s/go", folder);
  FILE *file = fopen(go, "r+"); /* open until the program ends: some may not have opened it yet */
  if (!file) return wrong("ssh: cannot open %s", go);
  for (int i = 0; i < TASKS; i++) fputc('\n', file);
  fflush(file);
  return rc;
}
