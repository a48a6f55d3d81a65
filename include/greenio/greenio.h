/* All of greenio that works on every host. <greenio/uv.h> (native) and <greenio/js.h> (wasm) are
 * included by those who want them. */
#ifndef GREENIO_GREENIO_H
#define GREENIO_GREENIO_H

#include <greenio/base.h>
#include <greenio/status.h>
#include <greenio/future.h>
#include <greenio/task.h>
#include <greenio/runtime.h>
#include <greenio/watchdog.h>
#include <greenio/local.h>
#include <greenio/lock.h>
#include <greenio/channel.h>
#include <greenio/pool.h>
#include <greenio/signal.h>
#include <greenio/fd.h>
#include <greenio/http.h>
#include <greenio/app.h>
#include <greenio/names.h>
#include <greenio/stream.h>
#include <greenio/file.h>
#include <greenio/offload.h>

#endif
