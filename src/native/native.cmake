# The native host: libuv, and contexts for the processor or the portable ones.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv>=1.44)

string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" greenio_processor)
if(GREENIO_CONTEXT STREQUAL "auto" AND greenio_processor MATCHES "^(x86_64|amd64)$")
  target_sources(greenio PRIVATE src/native/x86_64/start.S)
  target_include_directories(greenio PRIVATE src/native/x86_64)
  target_compile_options(greenio PRIVATE -mno-red-zone)
elseif(GREENIO_CONTEXT STREQUAL "auto" AND greenio_processor MATCHES "^(aarch64|arm64)$")
  target_sources(greenio PRIVATE src/native/aarch64/start.S)
  target_include_directories(greenio PRIVATE src/native/aarch64)
else()
  target_sources(greenio PRIVATE src/native/ucontext/switch.c)
  target_include_directories(greenio PRIVATE src/native/ucontext)
endif()

target_sources(greenio PRIVATE
  src/native/context.c
  src/native/fork.c
  src/native/loop.c
  src/native/overflow.c
  src/native/signal.c
  src/native/stack.c
  src/native/watch.c)
target_compile_definitions(greenio PRIVATE _GNU_SOURCE)
target_include_directories(greenio PRIVATE src/native)
include(CheckIncludeFile)
check_include_file(valgrind/valgrind.h GREENIO_HAVE_VALGRIND)
if(GREENIO_HAVE_VALGRIND)
  target_compile_definitions(greenio PRIVATE GREENIO_VALGRIND)
endif()
target_link_libraries(greenio PUBLIC PkgConfig::LIBUV Threads::Threads)

# In programs too: a frame that is larger than the guard below a stack touches each of its pages, so that
# it cannot step over the guard.
include(CheckCCompilerFlag)
check_c_compiler_flag(-fstack-clash-protection GREENIO_HAVE_STACK_CLASH)
if(GREENIO_HAVE_STACK_CLASH)
  target_compile_options(greenio PUBLIC $<$<COMPILE_LANGUAGE:C,CXX>:-fstack-clash-protection>)
endif()
# GCC for aarch64 takes a guard of 64 KiB for granted, unless it is told of 2^12 bytes.
if(greenio_processor MATCHES "^(aarch64|arm64)$" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(greenio PUBLIC
    $<$<COMPILE_LANGUAGE:C,CXX>:--param=stack-clash-protection-guard-size=12>)
endif()

# One unit, so that the switch is inlined into the scheduler's loop and into where tasks park.
set_target_properties(greenio PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
set_source_files_properties(src/native/context.c src/core/turn.c src/core/wait.c
  PROPERTIES UNITY_GROUP hot)

target_compile_options(greenio PRIVATE $<$<C_COMPILER_ID:Clang>:-Wno-static-in-inline>)

# A thread-local access is a few instructions in a program; have it so in a shared library too.
target_compile_options(greenio PRIVATE -ftls-model=initial-exec)
