/* A host's half of traces: files to write them to, and what the environment asks for. */
#ifndef GREENIO_SRC_TRACE_FILE_H
#define GREENIO_SRC_TRACE_FILE_H

#include <stddef.h>

/* Opens a file, which is made if there is none; what stands in it stays until the trace is written.  0, or what the system says; GREEN_ENOTSUP, with a message: the host's
 * programs have no files that others see. */
int green__trace_file_open(void **out, const char *path);

/* Takes out what stood in it before.  0, or what the system says. */
int green__trace_file_begin(void *file);

/* To be handed to green_trace_options: writes to what the other has made. */
int green__trace_file_write(const char *data, size_t size, void *file);

/* Closes it; 0, or what the system says. */
int green__trace_file_close(void *file);

/* Natively: begins the trace that the environment asks for, once a process. Called when a runtime has
 * been opened. */
void green__trace_by_environment(void);

#endif
