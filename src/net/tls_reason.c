/* Why TLS failed, in the words of <greenio/tls.h>: one table for every host. The codes are OpenSSL's
 * names, in the form that Node gives them. */
#include <string.h>
#include "tls.h"

/* A code that ends in _ stands for all that begin so and have no line above it. */
static const struct {
  const char *code, *word;
} reasons[] = {
    {"HOSTNAME_MISMATCH", "wrong name"},
    {"IP_ADDRESS_MISMATCH", "wrong name"},
    {"ERR_TLS_CERT_ALTNAME_", "wrong name"},
    {"CERT_HAS_EXPIRED", "expired"},
    {"CERT_NOT_YET_VALID", "not yet valid"},
    {"DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed"},
    {"SELF_SIGNED_CERT_IN_CHAIN", "unknown issuer"},
    {"UNABLE_TO_GET_ISSUER_CERT", "unknown issuer"},
    {"UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unknown issuer"},
    {"UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unknown issuer"},
    {"CERT_UNTRUSTED", "unknown issuer"},
    {"INVALID_PURPOSE", "wrong purpose"},
    {"CERT_REVOKED", "revoked"},
    {"UNABLE_TO_GET_CRL", "no revocation list"},
    {"CRL_", "no revocation list"}, /* not yet valid, expired, not signed by whom it should */
    {"UNABLE_TO_DECRYPT_CRL_SIGNATURE", "no revocation list"},
    {"EE_KEY_TOO_SMALL", "weak"},
    {"CA_KEY_TOO_SMALL", "weak"},
    {"CA_MD_TOO_WEAK", "weak"},
    {"CERT_", "bad certificate"},
    {"INVALID_", "bad certificate"},
    {"UNABLE_TO_", "bad certificate"},
    {"ERROR_IN_CERT_", "bad certificate"},
    {"PATH_LENGTH_EXCEEDED", "bad certificate"},
    {"PERMITTED_VIOLATION", "bad certificate"},
    {"EXCLUDED_VIOLATION", "bad certificate"},
    {"UNHANDLED_CRITICAL_EXTENSION", "bad certificate"},
    {"ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", "no certificate"},
    {"TRUNCATED", "truncated"},
    {"ERR_SSL_UNEXPECTED_EOF_WHILE_READING", "truncated"},
    {"ERR_SSL_NO_APPLICATION_PROTOCOL", "no common protocol"},
    {"ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "no common protocol"},
    {"ERR_SSL_UNSUPPORTED_PROTOCOL", "no common version"},
    {"ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "no common version"},
    {"ERR_SSL_VERSION_TOO_LOW", "no common version"},
    {"ERR_SSL_WRONG_VERSION_NUMBER", "not TLS"},
    {"ERR_SSL_WRONG_SSL_VERSION", "not TLS"},
    {"ERR_SSL_HTTP_REQUEST", "not TLS"},
    {"ERR_SSL_HTTPS_PROXY_REQUEST", "not TLS"},
    {"ERR_SSL_SSLV3_ALERT_", "refused"},
    {"ERR_SSL_SSL/TLS_ALERT_", "refused"}, /* what OpenSSL 3.2 and later say in its place */
    {"ERR_SSL_TLSV1_ALERT_", "refused"},
    {"ERR_SSL_TLSV13_ALERT_", "refused"},
    {"ERR_SSL_TLSV1_UNRECOGNIZED_NAME", "refused"},
    {"ERR_SSL_TLSV1_UNSUPPORTED_EXTENSION", "refused"},
    {"PLAIN_BYTES", "plain bytes"},
};

const char *green__tls_reason(const char *code) {
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
    const char *known = reasons[i].code;
    size_t size = strlen(known);
    bool is_it = known[size - 1] == '_' ? !strncmp(code, known, size) : !strcmp(code, known);
    if (is_it) return reasons[i].word;
  }
  return "broken";
}
