/* What tls_js.c hands to JavaScript (src/net/tls.mjs): green_tls_options with fields of one size. */
#ifndef GREENIO_SRC_NET_TLS_JS_H
#define GREENIO_SRC_NET_TLS_JS_H

#include <stdint.h>

struct green__js_tls {
  const char *certificate, *certificate_pem, *key, *key_pem, *ca, *ca_pem, *crl, *crl_pem, *alpn;
  const char *ciphers;
  uint32_t insecure, only_1_3, clients;
};

#endif
