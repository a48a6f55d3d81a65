/* WebAssembly alone: futures for JavaScript promises, and applications that JavaScript asks.
 *
 *   GREEN_JS(fetch_text, (const char *url), {
 *     const response = await fetch(UTF8ToString(url));
 *     return await response.text();
 *   })
 *   ...
 *   green_future *f = fetch_text("/greeting.txt");
 *   if (green_wait(f) >= 0) puts(green_js_string(f));
 *   green_future_release(f);
 *
 * The parameters are C's and reach the body as numbers (64-bit integers as BigInt); memory they
 * point to is good until the first `await`, unless C keeps it longer. The body is that of an async
 * function. It runs inside the call up to its first `await`. What it returns becomes the future's
 * value: undefined and null none, a number, boolean or a string, or bytes (ArrayBuffer or a view of
 * one); anything else fails with GREEN_ETYPE. What it throws becomes a failure: the status is the
 * error's `code` if that is a greenio status's name ("ETIMEDOUT"), GREEN_ECANCELED for an
 * AbortError, else GREEN_EEXCEPTION, with the error's message.
 *
 * In the body `this.signal` is an AbortSignal, which green_cancel() aborts, so also green_join()
 * when it is interrupted: `await fetch(url, { signal: this.signal })` ends then, with
 * GREEN_ECANCELED. The future of a body that has asked for it is done when the body ends, however
 * long that takes. Of one that has not, the future is done at once, the body goes on, and what
 * comes later is dropped; a signal that it asks for then is aborted. When the module closes, all
 * signals are. What listens to one runs inside green_cancel(), with C below: it cannot wait there.
 *
 * The body must be written in the JavaScript that the Emscripten in use can parse (3.1.6: ES2017,
 * and from -O2 on it miscompiles declarations that destructure).
 */
#ifndef GREENIO_JS_H
#define GREENIO_JS_H

#ifndef __EMSCRIPTEN__
#error "<greenio/js.h> is for WebAssembly builds (Emscripten) alone"
#endif

#include <emscripten/em_js.h>
#include <emscripten/em_macros.h>
#include <greenio/app.h>
#include <greenio/future.h>

GREEN_BEGIN

/* Defines a function of that name which runs the body and gives a future, with the caller's
 * reference, as in the example at the head of this file. */
#define GREEN_JS(name, parameters, ...)                                                            \
  _EM_JS(green_future *, name, name, parameters,                                                   \
         "{ return greenCore.future(async function() " #__VA_ARGS__ "); }")

/* The value of a future that is done, from GREEN_JS. The number, 0 if it is none; the string,
 * UTF-8, owned by the future, NULL if it is none; the bytes, owned by the future, and their count,
 * NULL and 0 if it is none. */
GREEN_API double green_js_number(const green_future *future);
GREEN_API const char *green_js_string(const green_future *future);
GREEN_API const void *green_js_bytes(const green_future *future, size_t *size);

/* Has module.green.app.fetch(request) answered by the application, which has to live as long; of
 * several it is the last. With a name, module.green.app.named(name).fetch(request). NULL: not any
 * more. What is under way goes on. A server (greenio/server.h) does it for fetch() by itself. Any
 * stack; never parks. */
GREEN_API void green_js_serve(green_app *app, const char *name);

GREEN_END
#endif
