/* What a program links with greenio::greenio, on every host. What belongs to one host alone, or to
 * a library of its own, is included by those who want it: <greenio/uv.h> and <greenio/curl.h>
 * (native), <greenio/js.h> (WebAssembly), <greenio/fd_names.h>, <greenio/posix.h>,
 * <greenio/server.h>, <greenio/pg.h> with <greenio/pg_pool.h> and <greenio/pg_row.h>,
 * <greenio/pq.h>; for C++ there is <greenio/greenio.hpp>. */
#ifndef GREENIO_GREENIO_H
#define GREENIO_GREENIO_H

#include <greenio/base.h>
#include <greenio/status.h>
#include <greenio/future.h>
#include <greenio/task.h>
#include <greenio/runtime.h>
#include <greenio/log.h>
#include <greenio/watchdog.h>
#include <greenio/observe.h>
#include <greenio/trace.h>
#include <greenio/traceparent.h>
#include <greenio/local.h>
#include <greenio/lock.h>
#include <greenio/channel.h>
#include <greenio/pool.h>
#include <greenio/group.h>
#include <greenio/signal.h>
#include <greenio/fd.h>
#include <greenio/http.h>
#include <greenio/app.h>
#include <greenio/names.h>
#include <greenio/stream.h>
#include <greenio/tls.h>
#include <greenio/udp.h>
#include <greenio/websocket.h>
#include <greenio/file.h>
#include <greenio/process.h>
#include <greenio/terminal.h>
#include <greenio/offload.h>

#endif
