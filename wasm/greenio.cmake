# The WebAssembly side of the build: included by the top CMakeLists.txt when the compiler is emcc, and by
# the installed package, once the target greenio::greenio is there. Everything that a program needs rides
# on the target, so that target_link_libraries(app PRIVATE greenio::greenio) is all that a user writes, at
# every -O level and beside the options that the user sets.

set(greenio_wasm ${CMAKE_CURRENT_LIST_DIR})

option(GREENIO_STACKS "WebAssembly: reports name the C functions of each parked task, which makes \
every wait slower; Debug builds do so anyway" OFF)
# How contexts are switched: a property of each program, of which this is the default (context.h).
set(GREENIO_CONTEXTS asyncify CACHE STRING "WebAssembly: how tasks are switched in programs that do not say so by \
their property of the same name: asyncify, jspi, or both")
set_property(CACHE GREENIO_CONTEXTS PROPERTY STRINGS asyncify jspi both)
include(${greenio_wasm}/contexts.cmake)

set(greenio_stacks $<OR:$<BOOL:${GREENIO_STACKS}>,$<CONFIG:Debug>>)

get_target_property(greenio_target greenio::greenio ALIASED_TARGET)
if(greenio_target)
  target_sources(greenio PRIVATE
    ${greenio_wasm}/asyncify.S ${greenio_wasm}/stack.S ${greenio_wasm}/asyncify.c
    ${greenio_wasm}/context.c ${greenio_wasm}/call.c ${greenio_wasm}/loop.c ${greenio_wasm}/random.c ${greenio_wasm}/signal.c ${greenio_wasm}/sleep.c ${greenio_wasm}/value.c)

  # What runs seldom is there to be small: it is in each program that is downloaded.
  set(greenio_seldom src/core/json.c src/core/log.c src/core/message.c src/core/observe.c src/core/report.c src/core/report_json.c
    src/core/runtime.c src/core/status.c src/core/unseen.c src/core/watchdog.c src/core/whole.c ${greenio_wasm}/signal.c)
  set_source_files_properties(${greenio_seldom} PROPERTIES COMPILE_OPTIONS "$<$<NOT:$<CONFIG:Debug>>:-Oz>")

  target_include_directories(greenio PRIVATE ${greenio_wasm})
  set_target_properties(greenio PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_definitions(greenio PRIVATE
    $<$<CONFIG:Debug>:GREENIO_DEBUG> $<${greenio_stacks}:GREENIO_STACKS>)

  # In front of greenio's own switch, in programs that take it.
  add_library(greenio_jspi STATIC ${greenio_wasm}/jspi.c ${greenio_wasm}/jspi.S ${greenio_wasm}/main.S)
  set_target_properties(greenio_jspi PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS ON C_VISIBILITY_PRESET hidden)
  target_include_directories(greenio_jspi PRIVATE include src src/core ${greenio_wasm})
  target_compile_definitions(greenio_jspi PRIVATE
    $<$<CONFIG:Debug>:GREENIO_DEBUG> $<${greenio_stacks}:GREENIO_STACKS>)
  add_dependencies(greenio greenio_jspi)
  # (GREENIO_JSPI_LIBRARY is for a test, which takes another one.)
  set(greenio_other_jspi $<TARGET_PROPERTY:GREENIO_JSPI_LIBRARY>)
  set(greenio_jspi_library $<IF:$<BOOL:${greenio_other_jspi}>,${greenio_other_jspi},$<TARGET_FILE:greenio_jspi>>)
else()
  set(greenio_target greenio::greenio) # an installed one
  set(greenio_jspi_library "${greenio_library_folder}/libgreenio_jspi.a")
endif()

# emcc takes a Node along, which some installations do not put into PATH.
get_filename_component(greenio_emsdk_node "$ENV{EMSDK_NODE}" DIRECTORY)
find_program(GREENIO_NODE NAMES node nodejs HINTS "${greenio_emsdk_node}")

# The JavaScript of greenio and of its features is made of modules by join.mjs: when the build is configured, and again
# when a module has changed. An installed greenio, and the port, have what it makes.
if(greenio_target STREQUAL "greenio::greenio")
  cmake_path(SET greenio_joined NORMALIZE "${greenio_wasm}/../joined")
else()
  if(NOT GREENIO_NODE)
    message(FATAL_ERROR "greenio: its JavaScript is put together by Node: put node into PATH, or set GREENIO_NODE")
  endif()
  set(greenio_joined ${CMAKE_CURRENT_BINARY_DIR}/joined)
  if(GREENIO_JOINED)
    set(greenio_joined ${GREENIO_JOINED})
  endif()
  execute_process(COMMAND ${GREENIO_NODE} ${greenio_wasm}/join.mjs ${greenio_joined}
    OUTPUT_VARIABLE greenio_modules ERROR_VARIABLE greenio_wrong RESULT_VARIABLE greenio_failed)
  if(greenio_failed)
    message(FATAL_ERROR "${greenio_wrong}")
  endif()
  string(STRIP "${greenio_modules}" greenio_modules)
  string(REPLACE "\n" ";" greenio_modules "${greenio_modules}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${greenio_modules})
  if(GREENIO_DEVELOP) # does not compile if C and JavaScript have different numbers
    target_sources(greenio PRIVATE ${greenio_joined}/agrees.c)
  endif()
endif()

# Links the JavaScript of that part of join.mjs's into the programs that link the target.
function(greenio_link_part target part)
  set(files ${greenio_joined}/${part}.mjs ${greenio_joined}/${part}.js)
  target_link_options(${target} INTERFACE
    "SHELL:--js-library \"${greenio_joined}/${part}.js\"" "SHELL:--extern-pre-js \"${greenio_joined}/${part}.mjs\"")
  set_property(TARGET ${target} APPEND PROPERTY INTERFACE_LINK_DEPENDS ${files})
endfunction()

# What programs with greenio::posix are linked with. With -flto the newest Emscriptens look for the last three too late.
function(greenio_link_posix target)
  greenio_link_part(${target} greenio_posix)
  target_link_options(${target} INTERFACE -sFORCE_FILESYSTEM=1 "SHELL:-Wl,-u,htonl -Wl,-u,htons -Wl,-u,ntohs")
endfunction()

include(${greenio_wasm}/asyncify.cmake)

# Asyncify, driven from inside the module: no -sASYNCIFY. emcc splits at commas.
greenio_link_kind(${greenio_target} asyncify
  "-sBINARYEN_EXTRA_PASSES=--asyncify,--pass-arg=asyncify-imports@env.invoke_*${greenio_asyncify_arguments}")

target_link_options(${greenio_target} INTERFACE
  # One ES module beside the .wasm file, for Node and browsers.
  -sMODULARIZE=1 -sEXPORT_ES6=1
  # Exit handlers run and streams are flushed; greenio keeps the module alive while it is in use.
  -sEXIT_RUNTIME=1
  $<$<NOT:$<BOOL:$<TARGET_PROPERTY:GREENIO_FIXED_MEMORY>>>:-sALLOW_MEMORY_GROWTH=1>
  # 64-bit integers are BigInts for JavaScript.
  -sWASM_BIGINT=1
  # module.green is there even if the C code calls nothing of greenio.
  "SHELL:-Wl,-u,green__js_turn -Wl,-u,green__js_future -Wl,-u,green__js_report -Wl,-u,green__js_signalled"
  # Debug builds find an overflow of a task's C stack where it happens.
  $<$<CONFIG:Debug>:-sSTACK_OVERFLOW_CHECK=2>
  $<${greenio_stacks}:--profiling-funcs>)

# JSPI: its switch in front of the library's own, and its JavaScript in front of greenio's, which asks for it. Frames of
# JavaScript's cannot be suspended, so exceptions and longjmp() are WebAssembly's own.
greenio_link_kind(${greenio_target} jspi
  "${greenio_jspi_library}" -sSUPPORT_LONGJMP=wasm "--js-library=${greenio_joined}/greenio_jspi.js")
target_link_options(${greenio_target} INTERFACE
  "$<${greenio_has_jspi}:SHELL:--extern-pre-js \"${greenio_joined}/greenio_jspi.mjs\">")
set_property(TARGET ${greenio_target} APPEND PROPERTY INTERFACE_LINK_DEPENDS "$<${greenio_has_jspi}:${greenio_jspi_library}>"
  ${greenio_joined}/greenio_jspi.mjs ${greenio_joined}/greenio_jspi.js)

greenio_link_part(${greenio_target} greenio)

# Handlers that would end the Node program which loaded the module.
if(EMSCRIPTEN_VERSION VERSION_LESS 3.1.30)
  target_link_options(${greenio_target} INTERFACE -sNODEJS_CATCH_EXIT=0 -sNODEJS_CATCH_REJECTION=0)
endif()

# ---- Debian's Emscripten with another Node than Debian's ------------------------------------------------
#
# Its link step needs the module acorn, which Debian puts where only Debian's Node looks.

set(greenio_launch "")
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
#   - emcc takes the last of two settings of the same name alone, which is greenio's: a program's that
#     says otherwise is refused, but for -sALLOW_MEMORY_GROWTH=0, which is heeded.
#   - What fails in the linker or in Binaryen, before greenio.js could say why, is refused.
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

# Refuses a program with an option of that pattern.
function(greenio_refuse target options pattern reason)
  if(options MATCHES "${pattern}")
    string(STRIP "${CMAKE_MATCH_0}" option)
    message(SEND_ERROR "greenio: the program ${target} sets ${option}: ${reason}")
  endif()
endfunction()

function(greenio_refuse_options target options)
  greenio_refuse(${target} "${options}" "-sBINARYEN_EXTRA_PASSES=[^ ]*"
    "greenio's own would replace it; leave it out")
  greenio_refuse(${target} "${options}" "-sMODULARIZE=(0|instance)"
    "greenio makes an ES module with a factory, since each instance has a state of its own; leave it out")
  greenio_refuse(${target} "${options}" "-sEXPORT_ES6=0"
    "greenio makes an ES module with a factory; leave it out")
  greenio_refuse(${target} "${options}" "-sEXIT_RUNTIME=0"
    "it would drop exit handlers and unwritten output; leave it out, greenio keeps the module alive \
while it is in use")
  greenio_refuse(${target} "${options}" "-sWASM=[02]"
    "greenio needs WebAssembly and its 64-bit integers; leave it out")
  greenio_refuse(${target} "${options}" " -sPROXY_TO_PTHREAD(=1)? "
    "greenio runs on the thread that loads the module; load the module in a Web Worker instead")
  greenio_refuse(${target} "${options}" "-sWASM_BIGINT=0"
    "greenio's 64-bit integers are BigInts; leave it out")
  greenio_refuse(${target} "${options}" " -s(MAIN_MODULE|SIDE_MODULE|RELOCATABLE)(=[12])? "
    "Asyncify does not see the code of side modules, and a wait below it would destroy the stack; \
link the libraries statically")
  greenio_refuse(${target} "${options}" " (-sMEMORY64(=[12])?|-m64) "
    "greenio's JavaScript takes addresses for numbers; leave it out, 32-bit memory has up to 4 GiB")
  greenio_refuse(${target} "${options}" " -mtail-call "
    "Binaryen's Asyncify does not know tail calls; leave it out")
endfunction()

function(greenio_refuse_jspi_options target options)
  greenio_refuse(${target} "${options}" " (-fexceptions|-sSUPPORT_LONGJMP=emscripten) "
    "JSPI cannot suspend the frames of JavaScript that it makes; use -fwasm-exceptions, -sSUPPORT_LONGJMP=wasm")
endfunction()

# What the program itself is compiled and linked with, as ` -sNAME=VALUE ` and so on.
function(greenio_options out target directory)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
  set(all "")
  foreach(property COMPILE_OPTIONS LINK_OPTIONS LINK_FLAGS)
    get_target_property(options ${target} ${property})
    if(options)
      string(APPEND all " ${options}")
    endif()
  endforeach()
  foreach(name C_FLAGS CXX_FLAGS EXE_LINKER_FLAGS)
    get_directory_property(flags DIRECTORY "${directory}" DEFINITION CMAKE_${name})
    get_directory_property(more DIRECTORY "${directory}" DEFINITION CMAKE_${name}_${config})
    string(APPEND all " ${flags} ${more}")
  endforeach()
  string(REGEX REPLACE "[;\"]|SHELL:" " " all "${all}")
  string(REGEX REPLACE " -s +([A-Z])" " -s\\1" all " ${all} ")
  set(${out} "${all}" PARENT_SCOPE)
endfunction()

function(greenio_finish_modules directory launch)
  get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    get_target_property(suffix ${target} SUFFIX)
    if(NOT type STREQUAL EXECUTABLE)
      greenio_finish_library(${target} ${type})
      continue()
    endif()
    if(launch)
      set_target_properties(${target} PROPERTIES RULE_LAUNCH_LINK "${launch}")
    endif()
    get_target_property(is_report ${target} GREENIO_REPORT_OF)
    greenio_links(links ${target})
    if(NOT links AND NOT is_report)
      continue()
    endif()
    greenio_finish_contexts(launch_linker ${target} "${launch}")
    greenio_finish_asyncify(${target} "${launch_linker}")
    if(NOT suffix)
      set_target_properties(${target} PROPERTIES SUFFIX .mjs)
    endif()
    get_target_property(emulator ${target} CROSSCOMPILING_EMULATOR)
    if("--experimental-wasm-threads" IN_LIST emulator)
      list(REMOVE_ITEM emulator --experimental-wasm-threads)
      set_target_properties(${target} PROPERTIES CROSSCOMPILING_EMULATOR "${emulator}")
    endif()
    greenio_options(options ${target} "${directory}")
    greenio_refuse_options(${target} "${options}")
    get_target_property(contexts ${target} GREENIO_CONTEXTS)
    if(contexts STREQUAL "jspi")
      greenio_refuse_jspi_options(${target} "${options}")
    endif()
    if(options MATCHES " -sALLOW_MEMORY_GROWTH=0 ")
      set_target_properties(${target} PROPERTIES GREENIO_FIXED_MEMORY ON)
    endif()
    # Emscripten 6.0.5 by itself fails to link C with -flto and -sEXIT_RUNTIME=1 otherwise.
    if(options MATCHES " -flto" AND EMSCRIPTEN_VERSION VERSION_GREATER_EQUAL 4)
      target_link_options(${target} PRIVATE -Wl,-u,__cxa_increment_exception_refcount)
    endif()
  endforeach()
  get_property(directories DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
  foreach(sub IN LISTS directories)
    greenio_finish_modules("${sub}" "${launch}")
  endforeach()
endfunction()

cmake_language(EVAL CODE "cmake_language(DEFER DIRECTORY [[${CMAKE_SOURCE_DIR}]]
  CALL greenio_finish_modules [[${CMAKE_SOURCE_DIR}]] [[${greenio_launch}]])")
