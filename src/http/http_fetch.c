/* The HTTP client in Node and in browsers: fetch(), with an AbortController for each transfer.
 *
 * JavaScript gives and takes bytes alone: strings from C are read as Latin-1, which leaves header
 * values as they are (a URL and a method are ASCII), and what it hands to C it writes where
 * green__fetch_scratch() or green__fetch_room() say. Reasons come as the names that Node and its
 * HTTP client use, and become statuses here.
 *
 * Node follows redirects by itself only up to a number of its own, so that the limit is kept here;
 * a browser does not let a page see them.
 */
#include "http.h"

#include <string.h>
#include <emscripten/emscripten.h>
#include <greenio/status.h>
#include "core/memory.h"

struct fetch_transfer {
  struct green__transfer base;
  char *scratch;
  size_t scratch_room;
};

const size_t green__transfer_size = sizeof(struct fetch_transfer);

struct green_http_client {
  unsigned references;
};

int green_http_client_new(green_http_client **out) {
  *out = green__alloc(sizeof **out);
  if (!*out) return GREEN_ENOMEM;
  (*out)->references = 1;
  return 0;
}

int green_http_client_set_host_connections(green_http_client *client, int most) {
  (void)client;
  return most < 0 ? GREEN_EINVAL : GREEN_ENOTSUP;
}

void green_http_client_release(green_http_client *client) {
  if (client && --client->references == 0) green__free(client);
}

/* Connections are the host's, so that the runtime's own client is nothing but a name for them. */
green_http_client *green__http_client_take(green_http_client *client) {
  if (!client) return green_http_client_new(&client) < 0 ? NULL : client;
  client->references++;
  return client;
}

/* ---- called by JavaScript ---- */

/* Memory for `size` bytes of text until the next such call; NULL: transfer->failure is set. */
EMSCRIPTEN_KEEPALIVE char *green__fetch_scratch(struct fetch_transfer *transfer, size_t size) {
  if (size > transfer->scratch_room) {
    char *scratch = green__realloc(transfer->scratch, size);
    if (!scratch) {
      transfer->base.failure = GREEN_ENOMEM;
      return NULL;
    }
    transfer->scratch = scratch;
    transfer->scratch_room = size;
  }
  return transfer->scratch;
}

/* The scratch holds a name of that size and a value of that size. */
EMSCRIPTEN_KEEPALIVE void green__fetch_header(struct fetch_transfer *transfer, size_t name_size,
                                              size_t value_size) {
  const char *name = transfer->scratch;
  if (green__response_header(transfer->base.response, name, name_size, name + name_size,
                             value_size) < 0)
    transfer->base.failure = GREEN_ENOMEM;
}

EMSCRIPTEN_KEEPALIVE void *green__fetch_room(struct fetch_transfer *transfer, size_t size) {
  return green__transfer_room(&transfer->base, size);
}

static void scratch_free(struct fetch_transfer *transfer) {
  green__free(transfer->scratch);
  transfer->scratch = NULL;
  transfer->scratch_room = 0;
}

/* The response is whole; the scratch holds its URL. */
EMSCRIPTEN_KEEPALIVE void green__fetch_whole(struct fetch_transfer *transfer, int status) {
  transfer->base.response->status = status;
  green__transfer_end(&transfer->base, 0, NULL, transfer->scratch);
  scratch_free(transfer);
}

struct reason {
  const char *start; /* of the name */
  int status;
};

static const struct reason reasons[] = {
    {"ENOTFOUND", GREEN_ENOHOST},
    {"EAI_", GREEN_ENOHOST},
    {"ECONNREFUSED", GREEN_ECONNREFUSED},
    {"ECONNRESET", GREEN_ECONNRESET},
    {"EPIPE", GREEN_ECONNRESET},
    {"UND_ERR_SOCKET", GREEN_ECONNRESET},
    {"UND_ERR_RES_CONTENT_LENGTH_MISMATCH", GREEN_ECONNRESET},
    {"EHOSTUNREACH", GREEN_EHOSTUNREACH},
    {"ENETUNREACH", GREEN_ENETUNREACH},
    {"ETIMEDOUT", GREEN_ETIMEDOUT},
    {"UND_ERR_CONNECT_TIMEOUT", GREEN_ETIMEDOUT},
    {"UND_ERR_HEADERS_TIMEOUT", GREEN_ETIMEDOUT},
    {"UND_ERR_BODY_TIMEOUT", GREEN_ETIMEDOUT},
    {"UND_ERR_INVALID_ARG", GREEN_EINVAL},
    {"UND_ERR_HEADERS_OVERFLOW", GREEN_EPROTO},
    {"HPE_CLOSED_CONNECTION", GREEN_ECONNRESET},
    {"HPE_INVALID_EOF_STATE", GREEN_ECONNRESET},
    {"HPE_", GREEN_EPROTO},
    {"Z_BUF_ERROR", GREEN_ECONNRESET},
    {"Z_", GREEN_EPROTO},
    {"ERR__ERROR_FORMAT", GREEN_EPROTO},
    {"EPROTO", GREEN_ETLS},
    {"ERR_TLS_", GREEN_ETLS},
    {"ERR_SSL_", GREEN_ETLS},
    {"CERT_", GREEN_ETLS},
    {"CRL_", GREEN_ETLS},
    {"DEPTH_ZERO_", GREEN_ETLS},
    {"SELF_SIGNED_", GREEN_ETLS},
    {"UNABLE_TO_", GREEN_ETLS},
    {"ERROR_IN_CERT_", GREEN_ETLS},
    {"HOSTNAME_MISMATCH", GREEN_ETLS},
    {"INVALID_CA", GREEN_ETLS},
    {"INVALID_PURPOSE", GREEN_ETLS},
    {"PATH_LENGTH_EXCEEDED", GREEN_ETLS},
    {"green bad redirect", GREEN_EPROTO},
    {"green redirects", GREEN_ELOOP},
    {"green refused", GREEN_EINVAL},
    {"green not here", GREEN_ENOTSUP},
    {"green browser", GREEN_ENETWORK},
};

static int status_of(const char *name) {
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
    if (strncmp(name, reasons[i].start, strlen(reasons[i].start)) == 0) return reasons[i].status;
  return GREEN_EIO;
}

/* transfer->failure is set, or the scratch holds the reason's name and a sentence, each ended by a
 * 0 byte. */
EMSCRIPTEN_KEEPALIVE void green__fetch_failed(struct fetch_transfer *transfer) {
  if (transfer->base.failure) {
    green__transfer_end(&transfer->base, transfer->base.failure, NULL, NULL);
  } else {
    const char *name = transfer->scratch;
    green__transfer_end(&transfer->base, status_of(name), name + strlen(name) + 1, NULL);
  }
  scratch_free(transfer);
}

/* ---- JavaScript ---- */

/* clang-format off */

/* Begins a transfer. What is in `all` is under way; a transfer that was stopped is not in it any
 * more, and nothing of C is called for it. */
EM_JS(void, green__fetch_begin, (void *transfer, const char *method, const char *url,
                                 const void *headers, int header_count, const void *body,
                                 int body_size, int max_redirects), {
  var all = green__fetch_begin.all || (green__fetch_begin.all = new Map());
  var onNode = typeof process === "object" && !!process.versions && !!process.versions.node;
  var follows = onNode && max_redirects > 0;
  var controller = new AbortController();
  all.set(transfer, controller);

  function text(pointer) {
    var end = pointer;
    while (HEAPU8[end]) end++;
    var result = "";
    while (pointer < end) result += String.fromCharCode(HEAPU8[pointer++]);
    return result;
  }

  function mine() {
    return all.get(transfer) === controller && !ABORT;
  }

  /* Writes strings into the scratch; false: no memory. */
  function put(parts) {
    var size = 0;
    for (var i = 0; i < parts.length; i++) size += parts[i].length;
    var at = _green__fetch_scratch(transfer, size);
    if (!at) return false;
    for (i = 0; i < parts.length; i++) {
      HEAPU8.set(parts[i], at);
      at += parts[i].length;
    }
    return true;
  }

  function latin1(string) {
    var bytes = new Uint8Array(string.length);
    for (var i = 0; i < string.length; i++) bytes[i] = string.charCodeAt(i);
    return bytes;
  }

  function utf8(string) {
    return new TextEncoder().encode(string + String.fromCharCode(0));
  }

  function failure(code, message) {
    var error = new Error(message);
    error.code = code;
    return error;
  }

  function requestHeaders() {
    var result = new Headers();
    var pointers = new DataView(HEAPU8.buffer, headers, header_count * 8);
    for (var i = 0; i < header_count; i++)
      result.append(text(pointers.getUint32(i * 8, true)),
                    text(pointers.getUint32(i * 8 + 4, true)));
    if (onNode && !result.has("user-agent")) result.set("user-agent", green__fetch_begin.agent);
    return result;
  }

  /* What a redirect makes of the request, as browsers do; the next address. */
  function redirected(response, address, options) {
    var next;
    try {
      next = new URL(response.headers.get("location"), address);
    } catch (error) {
      throw failure("green bad redirect", "the address redirected to is not valid");
    }
    if (next.protocol !== "http:" && next.protocol !== "https:")
      throw failure("green bad redirect", "the address redirected to is not http: or https:");
    var post = options.method === "POST" && (response.status === 301 || response.status === 302);
    if (post || (response.status === 303 && options.method !== "HEAD")) {
      options.method = "GET";
      options.body = undefined;
      ["content-encoding", "content-language", "content-location", "content-type"].forEach(
          function(name) { options.headers.delete(name); });
    }
    if (next.origin !== new URL(address).origin) {
      ["authorization", "cookie", "host", "proxy-authorization"].forEach(
          function(name) { options.headers.delete(name); });
    }
    return next.href;
  }

  /* A short body is read, which leaves the connection to be used again. */
  function discard(response) {
    if (!response.body) return Promise.resolve();
    if (Number(response.headers.get("content-length") || Infinity) <= 65536)
      return response.arrayBuffer();
    return response.body.cancel();
  }

  async function exchange() {
    var address = text(url);
    var options = {
      method: text(method),
      headers: requestHeaders(),
      body: body ? HEAPU8.slice(body, body + body_size) : undefined,
      redirect: max_redirects < 0 || follows ? "manual" : "follow",
      signal: controller.signal,
    };
    if (body && options.method === "GET")
      throw failure("green not here", "fetch() does not send a body with GET");
    for (var hops = 0;; hops++) {
      var response = await fetch(address, options);
      if (response.type === "opaqueredirect")
        throw failure("green not here", "a browser does not show a redirect to a page");
      var moved = [301, 302, 303, 307, 308].indexOf(response.status) >= 0;
      if (!follows || !moved || response.headers.get("location") === null) return response;
      if (hops === max_redirects) throw failure("green redirects", "");
      await discard(response);
      address = redirected(response, response.url, options);
    }
  }

  /* False: it does not fit or there is no memory, and C knows. */
  async function receive(response) {
    response.headers.forEach(function(value, name) {
      if (put([latin1(name), latin1(value)]))
        _green__fetch_header(transfer, name.length, value.length);
    });
    if (!response.body) return true;
    var reader = response.body.getReader();
    for (;;) {
      var piece = await reader.read();
      if (piece.done || !mine()) return true;
      if (!piece.value.length) continue;
      var at = _green__fetch_room(transfer, piece.value.length);
      if (!at) return false;
      HEAPU8.set(piece.value, at);
    }
  }

  /* The first error that has a code, from the outside in: fetch() wraps what it was. */
  function reason(error) {
    for (var inner = error; inner; inner = inner.cause) {
      if (typeof inner.code === "string") return [inner.code, inner.message];
      if (inner.errors && inner.errors.length) inner = {cause: inner.errors[0]};
      else if (inner.name === "HTTPParserError") return ["HPE_", inner.message];
      else if (inner.message === "bad port") return ["green refused", "bad port"];
    }
    return [onNode ? "" : "green browser", error && error.message ? error.message : String(error)];
  }

  function failed(error) {
    if (!mine()) return;
    all.delete(transfer);
    controller.abort();
    if (error) {
      var known = reason(error);
      put([utf8(known[0]), utf8(known[1])]);
    }
    _green__fetch_failed(transfer);
  }

  async function run() {
    var response = await exchange();
    if (!mine()) return;
    if (!await receive(response)) {
      failed();
    } else if (mine()) {
      if (!put([utf8(response.url)])) {
        failed();
        return;
      }
      all.delete(transfer);
      _green__fetch_whole(transfer, response.status);
    }
  }

  run().catch(failed);
});

EM_JS(void, green__fetch_abort, (void *transfer), {
  var controller = green__fetch_begin.all.get(transfer);
  green__fetch_begin.all.delete(transfer);
  if (controller) controller.abort();
});

EM_JS(void, green__fetch_agent, (int major, int minor, int patch), {
  green__fetch_begin.agent = "greenio/" + major + "." + minor + "." + patch;
});

/* clang-format on */

int green__transfer_start(struct green__transfer *transfer) {
  const green_http_request *request = transfer->request;
  green__fetch_agent(GREEN_VERSION_MAJOR, GREEN_VERSION_MINOR, GREEN_VERSION_PATCH);
  green__fetch_begin(transfer, transfer->method, transfer->url, request->headers,
                     (int)request->header_count, request->body, (int)request->body_size,
                     transfer->max_redirects);
  return 0;
}

void green__transfer_stop(struct green__transfer *transfer) {
  green__fetch_abort(transfer);
  scratch_free((struct fetch_transfer *)transfer);
}
