/* A path of an application at which top finds what the program does. */
#ifndef OFFER_H
#define OFFER_H

#include <greenio/greenio.h>

/* Answers GET requests for the path with what watched_write() writes, where they have the header
 * "Authorization: Bearer TOKEN" and come from this machine (loopback, or a Unix-domain socket); behind a
 * proxy on this machine that is everybody, and the token is the guard. Others get 404, as if there were no
 * such path. The token has to be 16 characters or more, and stays the caller's for as long as the
 * application.  0, GREEN_EINVAL, GREEN_ENOMEM, as green_app_route(). */
int offer_tasks(green_app *app, const char *path, const char *token);

#endif
