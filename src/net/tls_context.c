/* TLS natively: what a side has and wants, as OpenSSL's SSL_CTX. The connections are tls_openssl.c's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "tls_openssl.h"

#define FILE_MOST  ((size_t)16 << 20)
#define FILE_PIECE ((size_t)16 << 10)

/* ---- PEM, of a file or a text ---------------------------------------------------------------- */

struct pem {
  const char *option; /* its name, for messages */
  char *text;         /* of a file */
  size_t size;
  BIO *bio; /* NULL: there is neither file nor text */
};

/* What OpenSSL has put down first, in its words. */
static int pem_failed(const char *option, const char *what) {
  unsigned long error = ERR_get_error();
  const char *reason = ERR_reason_error_string(error);
  ERR_clear_error();
  if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE) return GREEN_ENOMEM;
  return green_fail(GREEN_ETLS, "%s: %s%s%s", option, what, reason ? ": " : "",
                    reason ? reason : "");
}

/* It may be a key, of which no copy is to be left in memory. */
static void pem_text_free(struct pem *pem) {
  if (pem->text) OPENSSL_cleanse(pem->text, pem->size);
  green__free(pem->text);
}

static int pem_read(struct pem *pem, FILE *file) {
  size_t room = 0;
  while (!feof(file)) {
    if (pem->size == room) {
      if (room >= FILE_MOST) return GREEN_EFBIG;
      char *more = green__alloc(room + FILE_PIECE);
      if (!more) return GREEN_ENOMEM;
      if (pem->text) memcpy(more, pem->text, pem->size);
      pem_text_free(pem);
      pem->text = more;
      room += FILE_PIECE;
    }
    pem->size += fread(pem->text + pem->size, 1, room - pem->size, file);
    if (ferror(file)) return green_status_from_errno(errno);
  }
  return 0;
}

static int pem_read_file(struct pem *pem, const char *path) {
  FILE *file = fopen(path, "re");
  if (file) setvbuf(file, NULL, _IONBF, 0); /* another copy */
  int rc = file ? pem_read(pem, file) : green_status_from_errno(errno);
  if (file) fclose(file);
  return rc < 0 ? green_fail(rc, "%s: %s: %s", pem->option, path, green_strerror(rc)) : 0;
}

static int pem_open(struct pem *pem, const char *option, const char *path, const char *text) {
  *pem = (struct pem){.option = option};
  if (!path && !text) return 0;
  int rc = path ? pem_read_file(pem, path) : 0;
  if (rc < 0) return rc;
  size_t size = path ? pem->size : strlen(text);
  const char *data = path ? pem->text : text;
  if (size > FILE_MOST) return green_fail(GREEN_EFBIG, "%s: larger than 16 MiB", option);
  pem->bio = BIO_new_mem_buf(size ? data : "", (int)size);
  return pem->bio ? 0 : GREEN_ENOMEM;
}

static void pem_close(struct pem *pem) {
  BIO_free(pem->bio);
  pem_text_free(pem);
}

/* Nobody is there who could type one. */
static int no_password(char *to, int size, int writing, void *arg) {
  (void)to, (void)size, (void)writing, (void)arg;
  return -1;
}

/* Behind the last one: there was at least one, and no other mistake. */
static int pem_ended(struct pem *pem, size_t count, const char *what) {
  unsigned long error = ERR_peek_last_error();
  bool end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!count || !end) return pem_failed(pem->option, what);
  ERR_clear_error();
  return 0;
}

/* ---- certificate and key --------------------------------------------------------------------- */

static int use_chain(SSL_CTX *ctx, struct pem *pem) {
  static const char what[] = "no certificate in PEM";
  X509 *own = PEM_read_bio_X509_AUX(pem->bio, NULL, no_password, NULL);
  if (!own) return pem_failed(pem->option, what);
  bool used = SSL_CTX_use_certificate(ctx, own) == 1;
  X509_free(own);
  if (!used) return pem_failed(pem->option, "the certificate cannot be used");
  X509 *issuer;
  while ((issuer = PEM_read_bio_X509(pem->bio, NULL, no_password, NULL))) {
    if (SSL_CTX_add0_chain_cert(ctx, issuer) == 1) continue;
    X509_free(issuer);
    return pem_failed(pem->option, "the certificate's chain cannot be used");
  }
  return pem_ended(pem, 1, "a certificate of the chain is broken");
}

static int use_key(SSL_CTX *ctx, struct pem *pem) {
  EVP_PKEY *key = PEM_read_bio_PrivateKey(pem->bio, NULL, no_password, NULL);
  if (!key) return pem_failed(pem->option, "no private key in PEM, or one with a password");
  bool used = SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
              SSL_CTX_check_private_key(ctx) == 1; /* also if it is of another kind */
  EVP_PKEY_free(key);
  return used ? 0 : pem_failed(pem->option, "not the certificate's key");
}

static int use_certificate(SSL_CTX *ctx, const green_tls_options *options) {
  bool apart = options->key || options->key_pem;
  struct pem chain = {0}, key = {0};
  int rc = pem_open(&chain, "certificate", options->certificate, options->certificate_pem);
  if (rc == 0 && chain.bio) {
    rc = use_chain(ctx, &chain);
    if (rc == 0)
      rc = apart ? pem_open(&key, "key", options->key, options->key_pem)
                 : pem_open(&key, "certificate", options->certificate, options->certificate_pem);
    if (rc == 0) rc = use_key(ctx, &key);
  }
  pem_close(&chain);
  pem_close(&key);
  return rc;
}

/* ---- trust ----------------------------------------------------------------------------------- */

static int set_trust(SSL_CTX *ctx, struct pem *pem, bool name_to_clients) {
  X509_STORE *store = SSL_CTX_get_cert_store(ctx);
  size_t count = 0;
  X509 *issuer;
  while ((issuer = PEM_read_bio_X509_AUX(pem->bio, NULL, no_password, NULL))) {
    bool added = X509_STORE_add_cert(store, issuer) == 1 &&
                 (!name_to_clients || SSL_CTX_add_client_CA(ctx, issuer) == 1);
    X509_free(issuer);
    if (!added) return pem_failed(pem->option, "a certificate cannot be used");
    count++;
  }
  return pem_ended(pem, count, "no certificate in PEM");
}

/* False: there is a file of the system's, or one was named, and it could not be read now. */
static bool system_read(X509_STORE *store) {
  const char *named = getenv(X509_get_default_cert_file_env());
  const char *file = named ? named : X509_get_default_cert_file();
  bool whole = X509_STORE_load_file(store, file) == 1 ||
               (!named && access(file, F_OK) < 0 && errno == ENOENT);
  X509_STORE_set_default_paths(store); /* the folder too, which is looked into when one is needed */
  ERR_clear_error();
  return whole;
}

/* To read it takes tens of milliseconds, which who only listens has no use for: once in a process, when
 * somebody connects, unless it could not be read whole. Where there is nothing, nobody is trusted. A reference
 * for the caller. */
static X509_STORE *system_trust(void) {
  static X509_STORE *made;
  X509_STORE *store = __atomic_load_n(&made, __ATOMIC_ACQUIRE), *none = NULL;
  if (store) return X509_STORE_up_ref(store) ? store : NULL;
  store = X509_STORE_new();
  if (!store || !system_read(store) || !X509_STORE_up_ref(store)) return store;
  if (!__atomic_compare_exchange_n(&made, &none, store, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    X509_STORE_free(store); /* another thread's runtime was faster */
  return store;
}

bool green__tls_trust(const struct green__tls_context *context, SSL *ssl) {
  if (!context->system) return true;
  X509_STORE *store = system_trust();
  bool good = store && SSL_set1_verify_cert_store(ssl, store) == 1;
  X509_STORE_free(store);
  return good;
}

/* With lists of its own a context cannot share the system's. */
static int use_trust(struct green__tls_context *context, const green_tls_options *options) {
  SSL_CTX *ctx = context->ctx;
  if (!options->ca && !options->ca_pem) {
    context->system = !options->crl && !options->crl_pem;
    if (!context->system) SSL_CTX_set_default_verify_paths(ctx);
    ERR_clear_error();
    return 0;
  }
  struct pem pem;
  int rc = pem_open(&pem, "ca", options->ca, options->ca_pem);
  if (rc == 0) rc = set_trust(ctx, &pem, options->clients != GREEN_TLS_ANY_CLIENT);
  pem_close(&pem);
  return rc;
}

static int add_lists(SSL_CTX *ctx, struct pem *pem) {
  X509_STORE *store = SSL_CTX_get_cert_store(ctx);
  size_t count = 0;
  X509_CRL *list;
  while ((list = PEM_read_bio_X509_CRL(pem->bio, NULL, no_password, NULL))) {
    bool added = X509_STORE_add_crl(store, list) == 1;
    X509_CRL_free(list);
    if (!added) return pem_failed(pem->option, "a list cannot be used");
    count++;
  }
  int rc = pem_ended(pem, count, "no revocation list in PEM");
  if (rc == 0) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return rc;
}

static int use_lists(SSL_CTX *ctx, const green_tls_options *options) {
  struct pem pem;
  int rc = pem_open(&pem, "crl", options->crl, options->crl_pem);
  if (rc == 0 && pem.bio) rc = add_lists(ctx, &pem);
  pem_close(&pem);
  return rc;
}

/* ---- ALPN ------------------------------------------------------------------------------------ */

static void alpn_write(struct green__tls_context *context, const char *names) {
  while (names && *names) {
    size_t size = strcspn(names, ",");
    context->alpn[context->alpn_size++] = (unsigned char)size;
    memcpy(context->alpn + context->alpn_size, names, size);
    context->alpn_size += (unsigned)size;
    names += size + (names[size] == ',');
  }
}

/* The first of this side's that the client has too. */
static int alpn_choose(SSL *ssl, const unsigned char **out, unsigned char *size,
                       const unsigned char *offered, unsigned offered_size, void *arg) {
  struct green__tls_context *context = arg;
  unsigned char *chosen;
  (void)ssl;
  int found = SSL_select_next_proto(&chosen, size, context->alpn, context->alpn_size, offered,
                                    offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* ---- the context ----------------------------------------------------------------------------- */

static int configure(struct green__tls_context *context, const green_tls_options *options) {
  static const unsigned char session_context[] = "greenio";
  SSL_CTX *ctx = context->ctx;
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_read_ahead(ctx, 1);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  bool set = SSL_CTX_set_min_proto_version(ctx, options->only_1_3 ? TLS1_3_VERSION
                                                                  : TLS1_2_VERSION) == 1 &&
             SSL_CTX_set_ciphersuites(ctx, GREEN__TLS_CIPHERS_1_3) == 1 &&
             SSL_CTX_set_cipher_list(ctx, GREEN__TLS_CIPHERS) == 1 &&
             SSL_CTX_set_session_id_context(ctx, session_context, sizeof session_context - 1) == 1;
  if (set && context->alpn_size) {
    set = SSL_CTX_set_alpn_protos(ctx, context->alpn, context->alpn_size) == 0;
    SSL_CTX_set_alpn_select_cb(ctx, alpn_choose, context);
  }
  if (!set) return pem_failed("TLS", "OpenSSL cannot be set up");
  int rc = use_certificate(ctx, options);
  if (rc == 0) rc = use_trust(context, options);
  return rc < 0 ? rc : use_lists(ctx, options);
}

int green__tls_context_new(const green_tls_options *options, void **out) {
  size_t room = options->alpn ? strlen(options->alpn) + 1 : 0;
  struct green__tls_context *context = green__alloc(sizeof *context + room);
  *out = NULL;
  if (!context) return GREEN_ENOMEM;
  *context =
      (struct green__tls_context){.references = 1,
                                  .insecure = options->insecure,
                                  .clients = options->clients,
                                  .certificate = options->certificate || options->certificate_pem};
  alpn_write(context, options->alpn);
  ERR_clear_error();
  context->ctx = SSL_CTX_new(TLS_method());
  int rc = context->ctx ? configure(context, options) : pem_failed("TLS", "no OpenSSL");
  if (rc < 0) {
    green__tls_context_release(context);
    return rc;
  }
  *out = context;
  return 0;
}

void green__tls_context_release(void *given) {
  struct green__tls_context *context = given;
  if (--context->references) return;
  SSL_CTX_free(context->ctx);
  green__free(context);
}
