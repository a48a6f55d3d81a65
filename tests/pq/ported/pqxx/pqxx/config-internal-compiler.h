/* What libpqxx's configure would say of Emscripten. */
#define HAVE_POLL             1
#define HAVE_SYS_SELECT_H     1
#define HAVE_SYS_TIME_H       1
#define HAVE_SYS_TYPES_H      1
#define HAVE_UNISTD_H         1
#define PQXX_SEEKDIRS_MATCH_C 1
