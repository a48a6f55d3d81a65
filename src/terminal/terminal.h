/* What the halves of a terminal owe each other. */
#ifndef GREENIO_SRC_TERMINAL_TERMINAL_H
#define GREENIO_SRC_TERMINAL_TERMINAL_H

#include <greenio/terminal.h>

/* 0; GREEN_EINVAL: it is no terminal; GREEN_ECLOSED. */
int green__terminal_check(const green_stream *terminal);

#endif
