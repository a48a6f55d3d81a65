# Builds for aarch64 Linux with Debian's cross compiler, and runs what it built under qemu-user. The
# libraries are those of the folder GREENIO_SYSROOT, where `./dev test aarch64` unpacks Debian's arm64
# packages.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_ASM_COMPILER aarch64-linux-gnu-gcc)

set(GREENIO_SYSROOT "${CMAKE_CURRENT_LIST_DIR}/../../../build/aarch64-sysroot" CACHE PATH
    "A folder with the libraries of an arm64 Debian")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GREENIO_SYSROOT)
get_filename_component(greenio_sysroot "${GREENIO_SYSROOT}" ABSOLUTE)
set(greenio_libraries ${greenio_sysroot}/usr/lib/aarch64-linux-gnu)

set(ENV{PKG_CONFIG_LIBDIR} ${greenio_libraries}/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${greenio_sysroot})
set(CMAKE_FIND_ROOT_PATH ${greenio_sysroot} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_EXE_LINKER_FLAGS_INIT
    "-Wl,-rpath-link,${greenio_libraries} -Wl,-rpath-link,${greenio_sysroot}/lib/aarch64-linux-gnu")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${CMAKE_EXE_LINKER_FLAGS_INIT}")

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${greenio_sysroot})
