#ifndef GREENIO_PLACES
#define GREENIO_PLACES
#endif
#include "places.h"

green::task spawn_with_place() {
  return green::spawn(SleepLong());
}
