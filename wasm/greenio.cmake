# The WebAssembly side of the build: included by the top CMakeLists.txt when the compiler is emcc, once
# the target `greenio` is there. Everything that a program needs rides on the target, so that
# target_link_libraries(app PRIVATE greenio::greenio) is all that a user writes, at every -O level and
# beside the options that the user sets.

set(greenio_wasm ${CMAKE_CURRENT_LIST_DIR})

target_sources(greenio PRIVATE
  ${greenio_wasm}/park.S ${greenio_wasm}/context.c ${greenio_wasm}/call.c ${greenio_wasm}/hooks.c
  ${greenio_wasm}/loop.c ${greenio_wasm}/report.c ${greenio_wasm}/signal.c ${greenio_wasm}/value.c)

target_include_directories(greenio PRIVATE ${greenio_wasm})
set_target_properties(greenio PROPERTIES POSITION_INDEPENDENT_CODE OFF)
target_compile_definitions(greenio PRIVATE $<$<CONFIG:Debug>:GREENIO_DEBUG>)

set(greenio_before depth values loop main calls net file instance) # in this order
list(TRANSFORM greenio_before REPLACE "(.+)" "${greenio_wasm}/\\1.mjs")
set(greenio_after ${greenio_wasm}/program.mjs)

target_link_options(greenio INTERFACE
  # Asyncify, driven from inside the module: no -sASYNCIFY. emcc splits at commas.
  "-sBINARYEN_EXTRA_PASSES=--asyncify,--pass-arg=asyncify-imports@env.invoke_*"
  # One ES module beside the .wasm file, for Node and browsers.
  -sMODULARIZE=1 -sEXPORT_ES6=1
  # Exit handlers run and streams are flushed; greenio keeps the module alive while it is in use.
  -sEXIT_RUNTIME=1
  -sALLOW_MEMORY_GROWTH=1
  # 64-bit integers are BigInts for JavaScript.
  -sWASM_BIGINT=1
  # module.green is there even if the C code calls nothing of greenio.
  "SHELL:-Wl,-u,green__js_turn -Wl,-u,green__js_future -Wl,-u,green__js_report -Wl,-u,green__js_signalled"
  "SHELL:--js-library \"${greenio_wasm}/greenio.js\""
  "SHELL:--js-library \"${greenio_wasm}/net.js\""
  "SHELL:--js-library \"${greenio_wasm}/file.js\""
  "SHELL:--extern-post-js \"${greenio_after}\""
  # Debug builds find an overflow of a task's C stack where it happens.
  $<$<CONFIG:Debug>:-sSTACK_OVERFLOW_CHECK=2>)

foreach(file IN LISTS greenio_before)
  target_link_options(greenio INTERFACE "SHELL:--extern-pre-js \"${file}\"")
endforeach()

# Handlers that would end the Node program which loaded the module.
if(EMSCRIPTEN_VERSION VERSION_LESS 3.1.30)
  target_link_options(greenio INTERFACE -sNODEJS_CATCH_EXIT=0 -sNODEJS_CATCH_REJECTION=0)
endif()

set_property(TARGET greenio APPEND PROPERTY INTERFACE_LINK_DEPENDS
  ${greenio_wasm}/greenio.js ${greenio_wasm}/net.js ${greenio_wasm}/file.js ${greenio_before} ${greenio_after})

# ---- Debian's Emscripten with another Node than Debian's ------------------------------------------------
#
# Its link step needs the module acorn, which Debian puts where only Debian's Node looks.

set(greenio_launch "")
find_program(GREENIO_NODE NAMES node nodejs)
if(GREENIO_NODE AND EXISTS /usr/share/nodejs/acorn)
  execute_process(COMMAND ${GREENIO_NODE} -e "require('acorn')"
    WORKING_DIRECTORY "${EMSCRIPTEN_ROOT_PATH}" RESULT_VARIABLE greenio_no_acorn OUTPUT_QUIET ERROR_QUIET)
  if(greenio_no_acorn)
    set(greenio_path /usr/share/nodejs)
    if(NOT "$ENV{NODE_PATH}" STREQUAL "")
      string(PREPEND greenio_path "$ENV{NODE_PATH}:")
    endif()
    set(greenio_launch "\"${CMAKE_COMMAND}\" -E env \"NODE_PATH=${greenio_path}\"")
  endif()
endif()

# ---- programs that link greenio ------------------------------------------------------------------------
#
# Some things do not ride on a target in CMake, so when the whole project has been read, each executable
# that links greenio, directly or through libraries, is looked at once more:
#   - Node takes a file for an ES module by its suffix, and the toolchain file says .js: it is called
#     NAME.mjs, unless it was given a suffix.
#   - emcc takes the last -sBINARYEN_EXTRA_PASSES alone, which is greenio's: the program's is refused.
#   - Emscripten 3.1.6 hands Node an option that newer Nodes refuse, for the tests of a program.

function(greenio_links out target)
  if(ARGC GREATER 2 AND "${target}" IN_LIST ARGN)
    set(${out} FALSE PARENT_SCOPE) # seen
    return()
  endif()
  set(found FALSE)
  foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
    get_target_property(libraries ${target} ${property})
    foreach(library IN LISTS libraries)
      if(library MATCHES "(^|[:,>])greenio(::greenio)?(>|,|$)")
        set(found TRUE)
      elseif(TARGET "${library}")
        greenio_links(found "${library}" ${ARGN} ${target})
      endif()
      if(found)
        set(${out} TRUE PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endforeach()
  set(${out} FALSE PARENT_SCOPE)
endfunction()

function(greenio_finish_modules directory launch)
  get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    get_target_property(suffix ${target} SUFFIX)
    if(NOT type STREQUAL EXECUTABLE)
      continue()
    endif()
    if(launch)
      set_target_properties(${target} PROPERTIES RULE_LAUNCH_LINK "${launch}")
    endif()
    greenio_links(links ${target})
    if(NOT links)
      continue()
    endif()
    if(NOT suffix)
      set_target_properties(${target} PROPERTIES SUFFIX .mjs)
    endif()
    get_target_property(emulator ${target} CROSSCOMPILING_EMULATOR)
    if("--experimental-wasm-threads" IN_LIST emulator)
      list(REMOVE_ITEM emulator --experimental-wasm-threads)
      set_target_properties(${target} PROPERTIES CROSSCOMPILING_EMULATOR "${emulator}")
    endif()
    get_target_property(options ${target} LINK_OPTIONS)
    get_target_property(flags ${target} LINK_FLAGS)
    get_directory_property(all_flags DIRECTORY "${directory}" DEFINITION CMAKE_EXE_LINKER_FLAGS)
    if("${options} ${flags} ${all_flags}" MATCHES "BINARYEN_EXTRA_PASSES")
      message(SEND_ERROR "greenio: the program ${target} sets -sBINARYEN_EXTRA_PASSES, which greenio's \
own would replace: leave it out")
    endif()
  endforeach()
  get_property(directories DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
  foreach(sub IN LISTS directories)
    greenio_finish_modules("${sub}" "${launch}")
  endforeach()
endfunction()

cmake_language(EVAL CODE "cmake_language(DEFER DIRECTORY [[${CMAKE_SOURCE_DIR}]]
  CALL greenio_finish_modules [[${CMAKE_SOURCE_DIR}]] [[${greenio_launch}]])")
