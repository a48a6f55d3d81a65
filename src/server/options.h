/* A server's options, as every host takes them. */
#ifndef GREENIO_SRC_SERVER_OPTIONS_H
#define GREENIO_SRC_SERVER_OPTIONS_H

#include <greenio/server.h>

/* Puts defaults where an option is 0. 0, or GREEN_EINVAL with a message.
 */
int green__server_options(green_server_options *options);

#endif
