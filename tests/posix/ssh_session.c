#include "ssh.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ssh_failed(struct ssh *ssh, const char *what) {
  ssh->what = what;
  return -1;
}

int ssh_enter(struct ssh *ssh, const char *address) {
  int port;
  char user[64], key[200], public_key[sizeof key + 4];
  *ssh = (struct ssh){.fd = -1};
  if (sscanf(address, "%d:%63[^:]:%199[^:]:%199s", &port, user, key, ssh->folder) != 4)
    return ssh_failed(ssh, "the address");
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                           .sin_port = htons((uint16_t)port)};
  ssh->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(ssh->fd, (struct sockaddr *)&to, sizeof to) < 0)
    return ssh_failed(ssh, "cannot connect");
  ssh->session = libssh2_session_init();
  if (libssh2_session_handshake(ssh->session, ssh->fd) < 0) return ssh_failed(ssh, "no handshake");
  /* with the public half too, which libssh2 on Mbed TLS does not find in the private one */
  snprintf(public_key, sizeof public_key, "%s.pub", key);
  if (libssh2_userauth_publickey_fromfile(ssh->session, user, public_key, key, NULL) < 0)
    return ssh_failed(ssh, "not let in");
  return 0;
}

/* libssh2 keeps a session that it cannot end properly, until it has seen that the connection is gone. */
void ssh_leave(struct ssh *ssh) {
  if (ssh->fd >= 0) shutdown(ssh->fd, SHUT_RDWR);
  for (int tries = 0; ssh->session && tries < 10; tries++)
    if (libssh2_session_free(ssh->session) == 0) ssh->session = NULL;
  if (ssh->fd >= 0) close(ssh->fd);
}

LIBSSH2_CHANNEL *ssh_execute(LIBSSH2_SESSION *session, const char *command) {
  LIBSSH2_CHANNEL *channel = libssh2_channel_open_session(session);
  if (!channel || libssh2_channel_exec(channel, command) == 0) return channel;
  libssh2_channel_free(channel);
  return NULL;
}
