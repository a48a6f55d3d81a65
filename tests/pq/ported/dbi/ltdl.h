/* What libdbi calls of libtool's library for modules (libltdl), where the one module is in the program. */
#ifndef GREENIO_TESTS_LTDL_H
#define GREENIO_TESTS_LTDL_H

typedef const struct module *lt_dlhandle;

int lt_dlinit(void);
int lt_dlexit(void);
lt_dlhandle lt_dlopen(const char *file);
void *lt_dlsym(lt_dlhandle module, const char *name);
int lt_dlclose(lt_dlhandle module);
const char *lt_dlerror(void);

#endif
