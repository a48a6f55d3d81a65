/* TLS natively: what was agreed on a connection, as text. */
#include <string.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <greenio/status.h>
#include "tls_openssl.h"

static int fact_copy(const void *from, size_t length, char *text, size_t size) {
  if (length >= size) return GREEN_EMSGSIZE;
  memcpy(text, from, length);
  text[length] = 0;
  return (int)length;
}

static int fact_string(const char *string, char *text, size_t size) {
  return string && *string ? fact_copy(string, strlen(string), text, size) : GREEN_ENOENT;
}

static int fact_bio(BIO *bio, bool written, char *text, size_t size) {
  char *data;
  int rc = GREEN_ENOMEM;
  if (bio && written) {
    long length = BIO_get_mem_data(bio, &data);
    rc = fact_copy(data, (size_t)length, text, size);
  }
  BIO_free(bio);
  ERR_clear_error();
  return rc;
}

/* As Node writes names: C=DE, O=Acme. */
static int fact_name(const X509_NAME *name, char *text, size_t size) {
  static const unsigned long flags = ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL |
                                     ASN1_STRFLGS_UTF8_CONVERT | XN_FLAG_SEP_CPLUS_SPC |
                                     XN_FLAG_FN_SN;
  BIO *bio = BIO_new(BIO_s_mem());
  return fact_bio(bio, bio && X509_NAME_print_ex(bio, name, 0, flags) >= 0, text, size);
}

static int fact_fingerprint(const X509 *certificate, char *text, size_t size) {
  static const char digits[] = "0123456789ABCDEF";
  unsigned char digest[EVP_MAX_MD_SIZE];
  char made[3 * EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1 || !length) return GREEN_ENOMEM;
  for (unsigned i = 0; i < length; i++) {
    made[3 * i] = digits[digest[i] >> 4];
    made[3 * i + 1] = digits[digest[i] & 15];
    made[3 * i + 2] = ':';
  }
  return fact_copy(made, 3 * (size_t)length - 1, text, size);
}

static int fact_of_peer(const X509 *certificate, enum green_tls_fact fact, char *text,
                        size_t size) {
  if (!certificate) return GREEN_ENOENT;
  if (fact == GREEN_TLS_PEER_SUBJECT)
    return fact_name(X509_get_subject_name(certificate), text, size);
  if (fact == GREEN_TLS_PEER_ISSUER)
    return fact_name(X509_get_issuer_name(certificate), text, size);
  if (fact == GREEN_TLS_PEER_FINGERPRINT) return fact_fingerprint(certificate, text, size);
  BIO *bio = BIO_new(BIO_s_mem());
  return fact_bio(bio, bio && PEM_write_bio_X509(bio, certificate) == 1, text, size);
}

int green__tls_fact(const green_stream *stream, enum green_tls_fact fact, char *text, size_t size) {
  const SSL *ssl = green__tls_ssl(stream);
  const unsigned char *protocol;
  unsigned length;
  switch (fact) {
  case GREEN_TLS_VERSION:
    return fact_string(SSL_get_version(ssl), text, size);
  case GREEN_TLS_CIPHER:
    return fact_string(SSL_get_cipher_name(ssl), text, size);
  case GREEN_TLS_PROTOCOL:
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    return length ? fact_copy(protocol, length, text, size) : GREEN_ENOENT;
  case GREEN_TLS_SERVER_NAME:
    return fact_string(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), text, size);
  default:
    return fact_of_peer(SSL_get0_peer_certificate(ssl), fact, text, size);
  }
}
