# The native host: libuv, and contexts for the processor or the portable ones.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv>=1.44)

string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" greenio_processor)
if(GREENIO_CONTEXT STREQUAL "auto" AND greenio_processor MATCHES "^(x86_64|amd64)$")
  set(greenio_switch src/native/switch_x86_64.c src/native/switch_x86_64.S)
else()
  set(greenio_switch src/native/switch_ucontext.c)
endif()

target_sources(greenio PRIVATE
  src/native/context.c
  src/native/loop.c
  src/native/overflow.c
  src/native/signal.c
  src/native/stack.c
  ${greenio_switch})
target_compile_definitions(greenio PRIVATE _GNU_SOURCE)
target_include_directories(greenio PRIVATE src/native)
target_link_libraries(greenio PUBLIC PkgConfig::LIBUV Threads::Threads)
# one thread-local access is a few instructions in a program, and so it is in a shared library
target_compile_options(greenio PRIVATE -ftls-model=initial-exec)
