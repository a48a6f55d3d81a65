# greenio::pg: PostgreSQL on every host (docs/postgresql.md). A library of its own, so that programs which do
# not use it need no libpq. It is shared where greenio is, and calls what src/shared.h tells of.

set(greenio_pg_sources src/pg/connection.c src/pg/copy.c src/pg/error.c src/pg/listen.c src/pg/pool.c src/pg/query.c
  src/pg/result.c src/pg/row.c src/pg/rows.c src/pg/statement.c src/pg/text.c src/pg/traceparent.c
  src/pg/transaction.c src/pg/value.c)

if(EMSCRIPTEN)
  add_library(greenio_pg STATIC ${greenio_optional} ${greenio_pg_sources} src/pg/pg_js.c src/pg/pg_js_answer.c src/pg/wire.c)
  add_library(greenio::pg ALIAS greenio_pg)
  target_include_directories(greenio_pg PRIVATE src wasm)
  set_target_properties(greenio_pg PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS ON)
  target_link_libraries(greenio_pg PUBLIC greenio::greenio PRIVATE $<BUILD_INTERFACE:$<TARGET_NAME_IF_EXISTS:greenio_develop>>)
  greenio_link_part(greenio_pg greenio_pg)
  return()
endif()

if(NOT TARGET greenio_pq)
  message(STATUS "greenio: no greenio::pg natively, since it stands on greenio::pq")
  return()
endif()

add_library(greenio_pg ${greenio_optional} ${greenio_pg_sources} src/pg/pg_libpq.c src/pg/pg_libpq_answer.c)
add_library(greenio::pg ALIAS greenio_pg)
# what a C++ exception leaves is rolled back
set_source_files_properties(src/pg/transaction.c PROPERTIES COMPILE_OPTIONS -fexceptions)
set_target_properties(greenio_pg PROPERTIES
  EXPORT_NAME pg
  C_STANDARD 11
  C_STANDARD_REQUIRED ON
  C_EXTENSIONS ON
  C_VISIBILITY_PRESET hidden
  POSITION_INDEPENDENT_CODE ON)
target_compile_definitions(greenio_pg PRIVATE _GNU_SOURCE)
target_compile_options(greenio_pg PRIVATE ${greenio_inner_options})
target_include_directories(greenio_pg PRIVATE src)
target_link_libraries(greenio_pg PUBLIC greenio::greenio PRIVATE greenio::pq)
greenio_beside(greenio_pg)
# What it has of greenio::pq is its own: programs that want that link it.
if(BUILD_SHARED_LIBS)
  target_link_options(greenio_pg PRIVATE LINKER:--exclude-libs,libgreenio_pq.a)
endif()
if(GREENIO_DEVELOP)
  target_link_libraries(greenio_pg PRIVATE $<BUILD_INTERFACE:greenio_develop>)
endif()
