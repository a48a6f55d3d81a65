/* Natively alone: libcurl's own easy handles, waited on by tasks.
 *
 * For programs that have one, with options of libcurl's that http.h does not know, or with another
 * protocol than HTTP. The handle is run by the runtime's loop, beside all others; its connections
 * are kept and reused among them. The program includes and links libcurl itself.
 *
 * What libcurl does by itself it does here too: a request, a POST as well, that went out on a kept
 * connection which ended without an answer is sent again, and an answer that came unasked on a kept
 * connection, a 408 say, is the request's (libcurl 7.88). CURLOPT_FRESH_CONNECT keeps it from both.
 */
#ifndef GREENIO_CURL_H
#define GREENIO_CURL_H

#ifdef __EMSCRIPTEN__
#error                                                                                             \
    "<greenio/curl.h> is for native builds alone: WebAssembly has no libcurl; see <greenio/http.h>"
#endif

#ifdef GREENIO_NO_HTTP
#error "<greenio/curl.h> is the HTTP client's, and greenio was built with GREENIO_HTTP=OFF"
#endif

#include <curl/curl.h>
#include <greenio/base.h>

GREEN_BEGIN

/* Does what curl_easy_perform(easy) does, but parks the calling task alone. All options are the
 * program's, and none is changed but for the one below; its callbacks are called on the host's own
 * stack, where they may not wait, and may not use `easy` beyond what libcurl allows in
 * callbacks. When it returns, the handle is out of libcurl's loop again and may be used for another
 * request, changed, or cleaned up; after GREEN_ECANCELED and GREEN_ETIMEDOUT as well.
 *   0: done (CURLE_OK). > 0: what libcurl failed with, a CURLcode.
 *   GREEN_ECANCELED, GREEN_ETIMEDOUT: interrupted; the transfer was stopped. CURLOPT_QUICK_EXIT is
 *     set then, so that nothing waits for a name lookup that is under way.
 *   GREEN_EBUSY: the handle is being performed already, here or in a multi handle of the program's.
 *   GREEN_EINVAL: NULL.
 *   GREEN_EMAIN: not in a task.
 *   GREEN_ENOMEM: also of what the loop can watch.
 *   GREEN_EIO: libcurl could not be initialised. */
GREEN_API int green_curl_perform(CURL *easy);

GREEN_END
#endif
