/* The driver for PostgreSQL as a module that is in the program. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <dbi/dbi.h>
#include <dbi/dbi-dev.h>
#include <dbi/dbd.h>
#include "config.h"
#include "ltdl.h"

#define FUNCTION(name)                                                                             \
  { "dbd_" #name, (void *)dbd_##name }

static const struct module {
  const char *name;
  void *function;
} functions[] = {FUNCTION(register_driver),
                 FUNCTION(initialize),
                 FUNCTION(finalize),
                 FUNCTION(connect),
                 FUNCTION(disconnect),
                 FUNCTION(fetch_row),
                 FUNCTION(free_query),
                 FUNCTION(goto_row),
                 FUNCTION(get_socket),
                 FUNCTION(get_encoding),
                 FUNCTION(encoding_from_iana),
                 FUNCTION(encoding_to_iana),
                 FUNCTION(get_engine_version),
                 FUNCTION(list_dbs),
                 FUNCTION(list_tables),
                 FUNCTION(query),
                 FUNCTION(query_null),
                 FUNCTION(transaction_begin),
                 FUNCTION(transaction_commit),
                 FUNCTION(transaction_rollback),
                 FUNCTION(savepoint),
                 FUNCTION(rollback_to_savepoint),
                 FUNCTION(release_savepoint),
                 FUNCTION(quote_string),
                 FUNCTION(quote_binary),
                 FUNCTION(conn_quote_string),
                 FUNCTION(select_db),
                 FUNCTION(geterror),
                 FUNCTION(get_seq_last),
                 FUNCTION(get_seq_next),
                 FUNCTION(ping)};

static const char *failed;

/* libdbi looks for a file. */
__attribute__((constructor)) static void make_file(void) {
  mkdir(DBI_DRIVER_DIR, 0755);
  FILE *file = fopen(DBI_DRIVER_DIR "/libdbdpgsql.so", "w");
  if (file) fclose(file);
}

int lt_dlinit(void) {
  return 0;
}

int lt_dlexit(void) {
  return 0;
}

lt_dlhandle lt_dlopen(const char *file) {
  failed = strstr(file, "libdbdpgsql") ? NULL : "no such module";
  return failed ? NULL : functions;
}

void *lt_dlsym(lt_dlhandle module, const char *name) {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    if (strcmp(module[i].name, name) == 0) return module[i].function;
  failed = "no such function";
  return NULL;
}

int lt_dlclose(lt_dlhandle module) {
  (void)module;
  return 0;
}

const char *lt_dlerror(void) {
  const char *error = failed;
  failed = NULL;
  return error;
}
