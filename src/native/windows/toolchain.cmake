# Builds for Windows on x86-64 with Debian's mingw-w64, and runs what it built under Wine. libuv, libcurl and what
# pkg-config says of zlib are those of the folder GREENIO_SYSROOT, where `./dev test windows`, or tests/build_for_windows alone,
# puts them; zlib itself is Debian's package for mingw-w64.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_ASM_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

set(GREENIO_SYSROOT "${CMAKE_CURRENT_LIST_DIR}/../../../build/windows/prefix" CACHE PATH
    "A folder with libuv and libcurl for Windows")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GREENIO_SYSROOT)
get_filename_component(greenio_sysroot "${GREENIO_SYSROOT}" ABSOLUTE)

set(ENV{PKG_CONFIG_LIBDIR} ${greenio_sysroot}/lib/pkgconfig:/usr/x86_64-w64-mingw32/lib/pkgconfig)
set(CMAKE_FIND_ROOT_PATH ${greenio_sysroot} /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static) # one file, which needs no DLL of the compiler's

set(CMAKE_CROSSCOMPILING_EMULATOR env WINEDEBUG=-all wine)
