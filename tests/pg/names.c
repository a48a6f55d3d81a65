/* Natively: prints the names that this libpq knows in a connection string, for settings.test.mjs.
 */
#include <libpq-fe.h>
#include <stdio.h>

int main(void) {
  PQconninfoOption *options = PQconndefaults();
  for (PQconninfoOption *option = options; option && option->keyword; option++)
    puts(option->keyword);
  PQconninfoFree(options);
  return !options;
}
