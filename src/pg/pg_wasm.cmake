# What programs that link greenio::pg are linked with, beside what wasm/greenio.cmake says: included by
# src/pg/pg.cmake, and by the installed package, once the target is there.

set(greenio_pg_target greenio::pg)
get_target_property(greenio_pg_aliased greenio::pg ALIASED_TARGET)
if(greenio_pg_aliased)
  set(greenio_pg_target ${greenio_pg_aliased})
endif()
set(greenio_pg_parts ${CMAKE_CURRENT_LIST_DIR})
target_link_options(${greenio_pg_target} INTERFACE
  "SHELL:--js-library \"${greenio_pg_parts}/pg.js\"" "SHELL:--extern-pre-js \"${greenio_pg_parts}/pg_settings.mjs\""
  "SHELL:--extern-pre-js \"${greenio_pg_parts}/pg.mjs\"")
set_property(TARGET ${greenio_pg_target} APPEND PROPERTY INTERFACE_LINK_DEPENDS
  ${greenio_pg_parts}/pg.js ${greenio_pg_parts}/pg_settings.mjs ${greenio_pg_parts}/pg.mjs)
