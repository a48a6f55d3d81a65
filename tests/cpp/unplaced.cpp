#undef GREENIO_PLACES
#include "places.h"

green::task spawn_without_place() {
  return green::spawn(SleepLong());
}
