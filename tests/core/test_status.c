/* Statuses: numbers, names, sentences, and the translation of errno. */
#include "harness.h"

#include <errno.h>
#include <string.h>

TEST_OUTSIDE(status_numbers_are_the_same_on_every_host) {
  CHECK_NUMBER(GREEN_ECANCELED, -125);
  CHECK_NUMBER(GREEN_ETIMEDOUT, -110);
  CHECK_NUMBER(GREEN_ENOMEM, -12);
  CHECK_NUMBER(GREEN_EMAIN, -1000);
  return 0;
}

TEST_OUTSIDE(status_names_and_sentences) {
#define CHECK_NAME(name, number, sentence)                                                         \
  CHECK_STRING(green_status_name(GREEN_##name), #name);                                            \
  CHECK_STRING(green_strerror(GREEN_##name), sentence);
  GREEN_STATUS_MAP(CHECK_NAME)
#undef CHECK_NAME
  CHECK_STRING(green_status_name(0), "OK");
  CHECK_STRING(green_status_name(17), "OK");
  CHECK_STRING(green_status_name(-999), "EUNKNOWN");
  CHECK(strlen(green_strerror(-999)) > 0);
  return 0;
}

TEST_OUTSIDE(status_from_errno_translates) {
  CHECK_NUMBER(green_status_from_errno(0), 0);
  CHECK_NUMBER(green_status_from_errno(ENOENT), GREEN_ENOENT);
  CHECK_NUMBER(green_status_from_errno(ECANCELED), GREEN_ECANCELED);
  CHECK_NUMBER(green_status_from_errno(ETIMEDOUT), GREEN_ETIMEDOUT);
  CHECK_NUMBER(green_status_from_errno(ECONNREFUSED), GREEN_ECONNREFUSED);
  CHECK_NUMBER(green_status_from_errno(ENFILE), GREEN_EMFILE);
  CHECK_NUMBER(green_status_from_errno(EDOM), GREEN_EIO);
  return 0;
}

TEST_OUTSIDE(version_of_the_library_is_that_of_the_headers) {
  char text[32];
  snprintf(text, sizeof text, "%d.%d.%d", GREEN_VERSION_MAJOR, GREEN_VERSION_MINOR,
           GREEN_VERSION_PATCH);
  CHECK_STRING(GREEN_VERSION, text);
  CHECK(strlen(GREEN_VERSION) == strlen(text));
  CHECK_STRING(green_version(), text);
  CHECK_NUMBER(green_version_number(), GREEN_VERSION_NUMBER);
  CHECK(GREEN_VERSION_NUMBER >= 1000);
  return 0;
}
