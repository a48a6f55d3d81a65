/* The application: its routes, behind whatever server the host has. */
#ifndef APP_H
#define APP_H

#include <greenio/greenio.h>

/* Makes it. It answers to localhost, 127.0.0.1 and `hosts`, names up to a NULL.
 *   0, or a status. */
int app_make(green_app **out, char *const *hosts);

#endif
