# greenio::posix: libc's blocking calls made green (docs/posix.md). Static, and as a shared object with all
# of greenio in it for LD_PRELOAD. In WebAssembly static: its names come before those of the C library, which emcc links last.

if(EMSCRIPTEN)
  add_library(greenio_posix STATIC ${greenio_optional} src/posix/alarm_js.c src/posix/control_js.c src/posix/descriptor.c src/posix/enable_js.c
    src/posix/epoll.c src/posix/epoll_js.c
    src/posix/names_js.c src/posix/pipe_js.c src/posix/poll.c src/posix/real_js.c src/posix/signal_js.c src/posix/sleep.c src/posix/socket_js.c src/posix/stdio_js.c)
  add_library(greenio::posix ALIAS greenio_posix)
  target_include_directories(greenio_posix PRIVATE src src/core wasm)
  target_compile_definitions(greenio_posix PRIVATE _GNU_SOURCE)
  set_target_properties(greenio_posix PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS ON C_VISIBILITY_PRESET hidden)
  target_link_libraries(greenio_posix PUBLIC greenio::greenio PRIVATE $<BUILD_INTERFACE:$<TARGET_NAME_IF_EXISTS:greenio_develop>>)
  greenio_link_posix(greenio_posix)
  return()
endif()

if(WIN32)
  message(STATUS "greenio: no greenio::posix, nor what stands on it, under Windows")
  return()
endif()

# Its functions are to be the program's own, and call what greenio does not export: it goes with the static library
# alone.
if(BUILD_SHARED_LIBS)
  return()
endif()

set(greenio_posix_sources src/posix/address.c src/posix/descriptor.c src/posix/enable.c
  src/posix/epoll.c src/posix/fortify.c src/posix/poll.c src/posix/sleep.c
  src/posix/vfork.S)

add_library(greenio_posix STATIC ${greenio_optional} ${greenio_posix_sources})
add_library(greenio_posix_shared SHARED EXCLUDE_FROM_ALL ${greenio_posix_sources})
add_library(greenio::posix ALIAS greenio_posix)

foreach(target greenio_posix greenio_posix_shared)
  set_target_properties(${target} PROPERTIES
    C_STANDARD 11
    C_STANDARD_REQUIRED ON
    C_EXTENSIONS ON
    C_VISIBILITY_PRESET hidden
    POSITION_INDEPENDENT_CODE ON)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_compile_options(${target} PRIVATE -U_FORTIFY_SOURCE -ftls-model=initial-exec ${greenio_inner_options})
  target_include_directories(${target} PRIVATE src)
endforeach()

target_link_libraries(greenio_posix PUBLIC greenio::greenio ${CMAKE_DL_LIBS})
# Shared libraries find a program's functions only if it exports them. The linker does so by itself for
# names that a library on its command line has, as libc does; this is for those that strip or hide.
foreach(name accept accept4 clock_nanosleep close connect dup2 dup3 epoll_pwait epoll_wait getaddrinfo
    nanosleep poll ppoll pselect read readv recv recvfrom recvmsg select send sendmsg sendto sleep usleep vfork write
    writev __poll_chk __ppoll_chk __read_chk __recv_chk __recvfrom_chk)
  target_link_options(greenio_posix INTERFACE "LINKER:--export-dynamic-symbol=${name}")
endforeach()

set_target_properties(greenio_posix PROPERTIES EXPORT_NAME posix)
set_target_properties(greenio_posix_shared PROPERTIES OUTPUT_NAME greenio_posix)
target_link_options(greenio_posix_shared PRIVATE LINKER:-Bsymbolic)
target_link_libraries(greenio_posix_shared
  PRIVATE -Wl,--whole-archive greenio -Wl,--no-whole-archive ${CMAKE_DL_LIBS})
