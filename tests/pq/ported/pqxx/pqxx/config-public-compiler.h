/* What libpqxx's configure would say of Emscripten. */
#define PQXX_HAVE_DEPRECATED     1
#define PQXX_HAVE_GCC_CONST      1
#define PQXX_HAVE_GCC_DEPRECATED 1
#define PQXX_HAVE_GCC_PURE       1
