# For musl with Debian's musl-gcc, linked statically. GREENIO_MUSL is the prefix that tests/musl_libraries makes: libuv and
# zlib. There is no C++ compiler for it.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GREENIO_MUSL)
set(CMAKE_C_COMPILER musl-gcc)
set(CMAKE_CXX_COMPILER NOTFOUND)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(ENV{PKG_CONFIG_LIBDIR} "${GREENIO_MUSL}/lib/pkgconfig")
