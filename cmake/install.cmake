# What `cmake --install` puts below the prefix: the library, the headers, the CMake package; natively
# pkg-config files and the gdb script, in WebAssembly the JavaScript parts that every program is linked
# with; the guide and the licence. No file of it holds the prefix, so the tree can be moved.
#
# A native prefix can have the static library and the shared one: install a build of each.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The versioning rule, stated in docs/versions.md: what programs rely on may change with the minor
# version before 1.0, and with the major one from then on.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(greenio_interface ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  set(greenio_compatibility SameMinorVersion)
else()
  set(greenio_interface ${PROJECT_VERSION_MAJOR})
  set(greenio_compatibility SameMajorVersion)
endif()
foreach(target greenio greenio_pg greenio_server)
  if(TARGET ${target} AND NOT EMSCRIPTEN)
    set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${greenio_interface})
  endif()
endforeach()

set(greenio_package ${CMAKE_INSTALL_LIBDIR}/cmake/greenio)
set(greenio_parts ${CMAKE_INSTALL_DATADIR}/greenio)
set(greenio_has "")
if(GREENIO_HTTP)
  set(greenio_has http)
endif()
if(GREENIO_TLS OR EMSCRIPTEN)
  list(APPEND greenio_has tls)
endif()

if(GREENIO_WEBSOCKET AND GREENIO_HTTP)
  list(APPEND greenio_has websocket)
endif()

if(EMSCRIPTEN)
  set(greenio_host wasm)
  install(TARGETS greenio greenio_jspi greenio_pg greenio_posix ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  set(greenio_has_pq "")
  if(TARGET greenio_pq)
    set(greenio_has_pq pq pq_asynchronous)
    install(TARGETS greenio_pq greenio_pq_asynchronous ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
  install(FILES ${greenio_wasm}/pq.cmake ${greenio_wasm}/greenio.cmake ${greenio_wasm}/asyncify.cmake ${greenio_wasm}/contexts.cmake
    ${greenio_wasm}/instrumented.mjs ${greenio_wasm}/decode.mjs ${greenio_wasm}/twice.mjs ${greenio_wasm}/objects.mjs DESTINATION ${greenio_parts}/wasm)
  install(DIRECTORY ${greenio_joined} DESTINATION ${greenio_parts} FILES_MATCHING PATTERN *.mjs PATTERN *.js)
  install(DIRECTORY include/greenio DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN *.h PATTERN *.hpp PATTERN curl.h EXCLUDE PATTERN uv.h EXCLUDE)
else()
  set(greenio_host native)
  set(greenio_kind static)
  if(BUILD_SHARED_LIBS)
    set(greenio_kind shared)
  endif()
  install(TARGETS greenio EXPORT greenio INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  foreach(part posix pq pq_asynchronous pg server)
    if(TARGET greenio_${part})
      install(TARGETS greenio_${part} EXPORT greenio)
      list(APPEND greenio_has ${part})
    endif()
  endforeach()
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/greenio-${greenio_kind}-has.cmake
    "set(greenio_${greenio_kind}_has \"${greenio_has}\")\n")
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/greenio-${greenio_kind}-has.cmake DESTINATION ${greenio_package})
  install(EXPORT greenio NAMESPACE greenio:: FILE greenio-${greenio_kind}.cmake
    DESTINATION ${greenio_package})
  install(DIRECTORY include/greenio DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN *.h PATTERN *.hpp PATTERN js.h EXCLUDE)
  install(FILES src/native/gdb/greenio.py DESTINATION ${CMAKE_INSTALL_DATADIR}/greenio/gdb)

  cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}
    OUTPUT_VARIABLE greenio_libdir)
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_INCLUDEDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}
    OUTPUT_VARIABLE greenio_includedir)
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE greenio_up)

  # Modules, each installed with its library: `greenio`, `greenio-pg` and `greenio-server`, which are the
  # shared ones; and with `-static` behind the name the static ones, while libuv, libcurl and so on stay
  # shared. (`--static` makes all of them static, and takes what libcurl was built with.)
  function(greenio_install_module module description link requires needs cflags)
    set(greenio_module ${module})
    set(greenio_description ${description})
    set(greenio_link ${link})
    set(greenio_requires ${requires})
    set(greenio_needs ${needs})
    set(greenio_cflags ${cflags})
    configure_file(cmake/greenio.pc.in ${module}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${module}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  endfunction()
  set(greenio_uses "libuv >= 1.44, zlib")
  if(BROTLI_FOUND)
    string(APPEND greenio_uses ", libbrotlienc")
  endif()
  set(greenio_flags -fstack-clash-protection)
  if(GREENIO_HTTP)
    string(APPEND greenio_uses ", libcurl >= 7.87")
  else()
    string(APPEND greenio_flags " -DGREENIO_NO_HTTP")
  endif()
  if(GREENIO_TLS)
    string(APPEND greenio_uses ", openssl >= 3.0")
  endif()
  set(greenio_is "Green tasks for C: functions with a stack of their own that wait without blocking the event loop")
  if(greenio_kind STREQUAL "static")
    greenio_install_module(greenio-static "${greenio_is}" -l:libgreenio.a Requires "${greenio_uses}" "${greenio_flags}")
  else()
    greenio_install_module(greenio "${greenio_is}" -lgreenio Requires.private "${greenio_uses}" "${greenio_flags}")
  endif()
  function(greenio_install_part part description static_link static_needs)
    if(NOT TARGET greenio_${part})
      return()
    endif()
    if(greenio_kind STREQUAL "static")
      set(greenio_also "")
      if(static_needs)
        set(greenio_also ", ${static_needs}")
      endif()
      greenio_install_module(greenio-${part}-static "${description}" "${static_link}" Requires
        "greenio-static = ${PROJECT_VERSION}${greenio_also}" "")
    else()
      greenio_install_module(greenio-${part} "${description}" -lgreenio_${part} Requires
        "greenio = ${PROJECT_VERSION}" "")
    endif()
  endfunction()
  greenio_install_part(pg "PostgreSQL for greenio" "-l:libgreenio_pg.a -l:libgreenio_pq.a" "libpq >= 14")
  greenio_install_part(server "An HTTP server for greenio" -l:libgreenio_server.a "")
endif()

# The pages that messages of greenio's name, and the licence. A parent's CMAKE_INSTALL_DOCDIR is for the parent's own.
set(greenio_docs ${CMAKE_INSTALL_DOCDIR})
if(NOT PROJECT_IS_TOP_LEVEL)
  set(greenio_docs ${CMAKE_INSTALL_DATAROOTDIR}/doc/greenio)
endif()
install(DIRECTORY docs/ DESTINATION ${greenio_docs}
  FILES_MATCHING PATTERN *.md PATTERN *.png PATTERN reference EXCLUDE)
install(FILES LICENSE DESTINATION ${greenio_docs})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/${greenio_host}.cmake.in greenioConfig.cmake
  INSTALL_DESTINATION ${greenio_package}
  PATH_VARS greenio_parts CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR
  NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# ARCH_INDEPENDENT, so that the package itself says what is wrong with a compiler for another host.
write_basic_package_version_file(greenioConfigVersion.cmake COMPATIBILITY ${greenio_compatibility}
  ARCH_INDEPENDENT)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/greenioConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/greenioConfigVersion.cmake
  DESTINATION ${greenio_package})
