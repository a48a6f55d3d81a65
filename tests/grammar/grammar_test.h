/* Tables of texts: what is wrong is printed before the check fails. */
#ifndef GREENIO_TESTS_GRAMMAR_GRAMMAR_TEST_H
#define GREENIO_TESTS_GRAMMAR_GRAMMAR_TEST_H

#include <stdio.h>
#include "harness.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

#define CHECK_FOR(text, condition)                                                                 \
  do {                                                                                             \
    if (!(condition)) printf("\"%s\" ", text);                                                     \
    CHECK(condition);                                                                              \
  } while (0)

#endif
