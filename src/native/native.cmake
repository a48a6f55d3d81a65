# The native host: libuv, and contexts for the processor or the portable ones.
if(NOT GREENIO_CONTEXT MATCHES "^(auto|ucontext)$")
  message(FATAL_ERROR "greenio: GREENIO_CONTEXT is \"${GREENIO_CONTEXT}\": it is auto or ucontext. In WebAssembly it is \
GREENIO_CONTEXTS that says what tasks stand on")
endif()
if(GREENIO_CONTEXTS MATCHES "^(auto|ucontext)$") # a project for both hosts may have set WebAssembly's words
  message(FATAL_ERROR "greenio: GREENIO_CONTEXTS is \"${GREENIO_CONTEXTS}\": that is WebAssembly's; natively it is GREENIO_CONTEXT")
endif()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
if(WIN32 AND BUILD_SHARED_LIBS)
  message(FATAL_ERROR "greenio: under Windows greenio is a static library: BUILD_SHARED_LIBS=OFF")
endif()
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv>=1.44)

include(${CMAKE_CURRENT_LIST_DIR}/architecture.cmake)
set(greenio_contexts ucontext)
greenio_native_architecture(greenio_architecture)
if(GREENIO_CONTEXT STREQUAL "auto")
  set(greenio_contexts ${greenio_architecture})
endif()
message(STATUS "greenio: contexts ${greenio_contexts}")
target_include_directories(greenio PRIVATE src/native/${greenio_contexts})
if(greenio_contexts STREQUAL "ucontext")
  target_sources(greenio PRIVATE src/native/ucontext/switch.c)
else()
  target_sources(greenio PRIVATE src/native/${greenio_contexts}/start.S)
endif()

# The switch is inlined where tasks park, and it pushes: so there is no red zone, in greenio and in its other
# libraries, into which link-time optimization inlines parts of it, or refuses to.
set(greenio_inner_options "")
if(greenio_contexts STREQUAL "x86_64")
  set(greenio_inner_options -mno-red-zone)
endif()
target_compile_options(greenio PRIVATE ${greenio_inner_options})

target_sources(greenio PRIVATE
  src/native/clock.c
  src/native/context.c
  src/native/loop.c
  src/native/random.c
  src/native/signal.c
  src/native/stack.c
  src/native/status_uv.c
  src/native/tell.c)
target_compile_definitions(greenio PRIVATE _GNU_SOURCE)
# The system's: headers that have one name on each, and files.
if(WIN32)
  set(greenio_system src/native/windows src/native/windows/include)
  target_sources(greenio PRIVATE
    src/native/windows/fork.c
    src/native/windows/overflow.c
    src/native/windows/pages.c
    src/native/windows/signal.c
    src/native/windows/standard.c
    src/native/windows/tell.c
    src/native/windows/thread.c
    src/native/windows/watch.c)
  target_compile_options(greenio PRIVATE -Wno-address) # of what is asked for by GREEN__IF_LINKED
  target_compile_definitions(greenio PRIVATE GREEN__IF_LINKED= WIN32_LEAN_AND_MEAN NOMINMAX)
else()
  set(greenio_system src/native/posix)
  target_sources(greenio PRIVATE
    src/native/fork.c
    src/native/overflow.c
    src/native/pages_posix.c
    src/native/signal_posix.c
    src/native/standard_posix.c
    src/native/tell_posix.c
    src/native/thread_posix.c
    src/native/watch.c)
endif()
target_include_directories(greenio PRIVATE src/native ${greenio_system})
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
if(GREENIO_HAVE_STACK_CLASH AND NOT WIN32) # where every compiler does so by itself
  target_compile_options(greenio PUBLIC $<$<COMPILE_LANGUAGE:C,CXX>:-fstack-clash-protection>)
endif()
# GCC for aarch64 takes a guard of 64 KiB for granted, unless it is told of 2^12 bytes.
if(greenio_architecture STREQUAL "aarch64" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(greenio PUBLIC
    $<$<COMPILE_LANGUAGE:C,CXX>:--param=stack-clash-protection-guard-size=12>)
endif()

# One unit, so that the switch is inlined into the scheduler's loop and into where tasks park.
set_target_properties(greenio PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
set_source_files_properties(src/native/context.c src/core/turn.c src/core/wait.c
  PROPERTIES UNITY_GROUP hot)

target_compile_options(greenio PRIVATE $<$<C_COMPILER_ID:Clang>:-Wno-static-in-inline>)

# greenio::server and greenio::pg are libraries beside this one, shared where it is, and call what it exports
# for them: see src/shared.h.
if(BUILD_SHARED_LIBS)
  target_compile_definitions(greenio PRIVATE GREENIO_SHARED)
  target_compile_options(greenio PRIVATE -fno-semantic-interposition) # who calls them inside has them inlined
endif()
function(greenio_beside target)
  if(BUILD_SHARED_LIBS)
    target_compile_definitions(${target} PRIVATE GREENIO_SHARED)
    # found where this one is, also below a prefix that the loader does not know
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN")
  endif()
endfunction()

# A thread-local access is a few instructions in a program; have it so in a shared library too.
if(NOT WIN32)
  target_compile_options(greenio PRIVATE -ftls-model=initial-exec)
endif()

# GCC clears records of some hundred bytes by an instruction that takes longer to begin than to do it.
if(greenio_contexts STREQUAL "x86_64" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  check_c_compiler_flag(-mmemset-strategy=vector_loop:512:noalign,libcall:-1:noalign GREENIO_HAVE_MEMSET_STRATEGY)
  if(GREENIO_HAVE_MEMSET_STRATEGY)
    target_compile_options(greenio PRIVATE -mmemset-strategy=vector_loop:512:noalign,libcall:-1:noalign)
  endif()
endif()
