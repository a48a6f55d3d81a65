/* A chat room over WebSocket: room.c is the room, join.c somebody in it, main.c the program. */
#ifndef CHAT_H
#define CHAT_H

#include <greenio/greenio.h>

#define NAME_MOST 40   /* bytes of a name */
#define LINE_MOST 2000 /* bytes of a line */

struct room {
  struct member *members;
  unsigned count;
};

/* Middleware that takes somebody into the room, `arg`, for as long as the connection lasts. The first
 * message is a name, each other one a line for all. */
int room_enter(green_request *request, green_response *response, void *arg);

/* Goes to the room at an address, says lines, and prints what is said there: until all of its lines
 * have come back, or without lines for ever. */
int join(const char *url, const char *name, char **lines, int count);

/* The page, made of the files of page/. */
extern const unsigned char asset_page[], asset_style[], asset_script[];
extern const unsigned long asset_page_size, asset_style_size, asset_script_size;

#endif
