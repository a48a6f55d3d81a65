# PostgreSQL's libpq without blocking, where libpq is found (docs/postgresql.md).
#   greenio::pq                explicit waiting forms; natively it patches nothing
#   greenio::pq_asynchronous   libpq's own functions made green: on greenio::posix, and so with the static
#                              greenio alone. Natively also as a shared object with all of greenio in it for LD_PRELOAD.

set(greenio_pq_sources src/pq/call.c src/pq/cancel.c src/pq/connect.c src/pq/copy.c src/pq/execute.c src/pq/large_object.c
  src/pq/settle.c src/pq/span.c src/pq/use.c)
set(greenio_pq_own src/pq/asynchronous.c src/pq/thread_lock.c)

if(EMSCRIPTEN)
  include(wasm/pq.cmake)
  greenio_find_libpq(greenio_libpq)
  if(greenio_libpq_missing)
    if(GREENIO_LIBPQ)
      message(FATAL_ERROR "greenio: no greenio::pq: ${greenio_libpq_missing}")
    endif()
    return()
  endif()
  add_library(greenio_pq STATIC ${greenio_optional} ${greenio_pq_sources} src/pq/libpq_wasm.c)
  add_library(greenio_pq_asynchronous STATIC ${greenio_optional} ${greenio_pq_own})
  foreach(part pq pq_asynchronous)
    add_library(greenio::${part} ALIAS greenio_${part})
    target_include_directories(greenio_${part} PRIVATE src src/core src/pq/wasm wasm)
    target_compile_definitions(greenio_${part} PRIVATE _GNU_SOURCE)
    set_target_properties(greenio_${part} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS ON C_VISIBILITY_PRESET hidden)
    target_link_libraries(greenio_${part} PRIVATE $<BUILD_INTERFACE:$<TARGET_NAME_IF_EXISTS:greenio_develop>>)
  endforeach()
  target_link_libraries(greenio_pq PUBLIC greenio::posix greenio_libpq)
  target_link_libraries(greenio_pq_asynchronous PUBLIC greenio::pq)
  greenio_link_pq_asynchronous(greenio_pq_asynchronous)
  return()
endif()
if(WIN32)
  return()
endif()
pkg_check_modules(LIBPQ IMPORTED_TARGET libpq>=14)
if(NOT LIBPQ_FOUND)
  message(STATUS "greenio: no greenio::pq, since libpq 14 or newer is not found (Debian: libpq-dev)")
  return()
endif()

list(APPEND greenio_pq_sources src/pq/libpq_native.c)
add_library(greenio_pq STATIC ${greenio_optional} ${greenio_pq_sources})
add_library(greenio::pq ALIAS greenio_pq)
set_target_properties(greenio_pq PROPERTIES EXPORT_NAME pq)
target_link_libraries(greenio_pq PUBLIC greenio::greenio PkgConfig::LIBPQ PRIVATE ${CMAKE_DL_LIBS})
set(greenio_pq_targets greenio_pq)

if(TARGET greenio_posix_shared)
  add_library(greenio_pq_asynchronous STATIC ${greenio_optional} ${greenio_pq_own})
  add_library(greenio_pq_shared SHARED EXCLUDE_FROM_ALL ${greenio_pq_own} ${greenio_pq_sources}
    ${greenio_posix_sources})
  add_library(greenio::pq_asynchronous ALIAS greenio_pq_asynchronous)
  set_target_properties(greenio_pq_asynchronous PROPERTIES EXPORT_NAME pq_asynchronous)
  set_target_properties(greenio_pq_shared PROPERTIES OUTPUT_NAME greenio_pq)
  target_link_libraries(greenio_pq_asynchronous PUBLIC greenio::pq greenio::posix)
  target_link_options(greenio_pq_shared PRIVATE LINKER:-Bsymbolic)
  target_link_libraries(greenio_pq_shared
    PRIVATE -Wl,--whole-archive greenio -Wl,--no-whole-archive PkgConfig::LIBPQ ${CMAKE_DL_LIBS})
  foreach(target greenio_pq_asynchronous greenio_pq_shared)
    target_compile_options(${target} PRIVATE -U_FORTIFY_SOURCE -ftls-model=initial-exec)
  endforeach()
  # Shared libraries find a program's functions only if it exports them: see posix.cmake.
  target_link_options(greenio_pq_asynchronous INTERFACE
    "LINKER:--export-dynamic-symbol=PQ*" "LINKER:--export-dynamic-symbol=lo_*")
  list(APPEND greenio_pq_targets greenio_pq_asynchronous greenio_pq_shared)
endif()

foreach(target ${greenio_pq_targets})
  set_target_properties(${target} PROPERTIES
    C_STANDARD 11
    C_STANDARD_REQUIRED ON
    C_EXTENSIONS ON
    C_VISIBILITY_PRESET hidden
    POSITION_INDEPENDENT_CODE ON)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_compile_options(${target} PRIVATE ${greenio_inner_options})
  target_include_directories(${target} PRIVATE src src/pq/native)
endforeach()
