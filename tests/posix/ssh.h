/* A session of libssh2 with the server that run.mjs has started. */
#ifndef GREENIO_TESTS_POSIX_SSH_H
#define GREENIO_TESTS_POSIX_SSH_H

#include <libssh2.h>

struct ssh {
  LIBSSH2_SESSION *session;
  int fd;
  const char *what; /* went wrong */
  char folder[200]; /* of the server's commands */
};

/* Logs in. The address is PORT:USER:KEY:FOLDER. 0, or -1 and `what`; ssh_leave() comes behind either. */
int ssh_enter(struct ssh *ssh, const char *address);
void ssh_leave(struct ssh *ssh);

/* A channel with a command in it, or NULL. */
LIBSSH2_CHANNEL *ssh_execute(LIBSSH2_SESSION *session, const char *command);

#endif
