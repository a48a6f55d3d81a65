// One body that two sources spawn, of which one is compiled with GREENIO_PLACES and the other is not.
#ifndef GREENIO_TESTS_PLACES_H
#define GREENIO_TESTS_PLACES_H

#include <greenio/greenio.hpp>

struct SleepLong {
  int operator()() const { return green_sleep(3600 * 1000); }
};

green::task spawn_with_place();
green::task spawn_without_place();

#endif
