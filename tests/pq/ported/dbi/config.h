/* What the configure scripts of libdbi and libdbi-drivers would say of Emscripten. */
#define HAVE_LTDL_H        1
#define HAVE_UNISTD_H      1
#define HAVE_VASPRINTF     1
#define HAVE_ASPRINTF      1
#define HAVE_ATOLL         1
#define HAVE_STRTOLL       1
#define HAVE_TIMEGM        1
#define DBI_DRIVER_DIR     "/dbd"
#define DBI_PATH_SEPARATOR "/"
#define DRIVER_EXT         ".so"
#define DLOPEN_FLAG        0
#define DLSYM_PREFIX       ""
#define DLSYM_HANDLE       1
#define PACKAGE            "libdbi"
#define VERSION            "0.9.0"
#define DBD_VERSION        "0.9.0"
