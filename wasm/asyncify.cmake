# What Asyncify instruments in a program, narrowed by properties of its target, and shown by a command;
# docs/asyncify.md is the guide. Included by greenio.cmake.
#
#   GREENIO_ASYNCIFY_IGNORE_INDIRECT  true: an indirect call does not wait, but in functions of ..._ADD
#   GREENIO_ASYNCIFY_ADD              functions to instrument, with their indirect calls; * for any text
#   GREENIO_ASYNCIFY_REMOVE           functions below which nothing waits
#   GREENIO_ASYNCIFY_CHECK            whether each park looks if the stack can be unwound; if it is not
#                                     set, narrowed programs do so in Debug builds
#
# A name that matches no function fails the link. The lists are files, since emcc splits its settings
# at commas; the names are there when the pass runs because of --emit-symbol-map, and not in the module.

set(greenio_narrowed "$<BOOL:$<TARGET_PROPERTY:GREENIO_ASYNCIFY_NARROWED>>")
set(greenio_checked "$<BOOL:$<GENEX_EVAL:$<TARGET_PROPERTY:GREENIO_ASYNCIFY_CHECKED>>>")
set(greenio_check_file "SHELL:--extern-pre-js \"${greenio_joined}/greenio_check.mjs\"")

target_link_options(${greenio_target} INTERFACE
  "$<${greenio_narrowed}:--emit-symbol-map>"
  "$<${greenio_checked}:--profiling-funcs>"
  "$<${greenio_checked}:${greenio_check_file}>"
  "$<$<BOOL:$<TARGET_PROPERTY:GREENIO_ASYNCIFY_JOBS>>:-Wl,--export=green__job_run>")

set_property(TARGET ${greenio_target} APPEND PROPERTY INTERFACE_LINK_DEPENDS
  ${greenio_joined}/greenio_check.mjs ${greenio_wasm}/decode.mjs ${greenio_wasm}/instrumented.mjs)

# What follows --asyncify in the passes of a program.
set(greenio_asyncify_arguments "$<TARGET_PROPERTY:GREENIO_ASYNCIFY_ARGUMENTS>")

# A target NAME.instrumented, which prints what is instrumented in the program NAME, by which chain of
# calls, and what it costs: cmake --build DIRECTORY --target NAME.instrumented. It links the program
# twice more, into the folder NAME.instrumented, where instrumented.mjs can be asked again.
function(greenio_instrumented name)
  if(NOT TARGET ${name})
    message(FATAL_ERROR "greenio_instrumented(): there is no target ${name}")
  endif()
  set(report ${name}.instrumented)
  add_executable(${report} EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${name}>)
  target_link_libraries(${report} PRIVATE $<TARGET_PROPERTY:${name},LINK_LIBRARIES>)
  target_link_options(${report} PRIVATE $<TARGET_PROPERTY:${name},LINK_OPTIONS>)
  target_link_directories(${report} PRIVATE $<TARGET_PROPERTY:${name},LINK_DIRECTORIES>)
  get_target_property(sources ${name} SOURCES)
  get_target_property(language ${name} LINKER_LANGUAGE)
  if(NOT language)
    set(language C)
    if(sources MATCHES "\\.(cc|cpp|cxx)(;|$)")
      set(language CXX)
    endif()
  endif()
  set_target_properties(${report} PROPERTIES LINKER_LANGUAGE ${language}
    SUFFIX .mjs GREENIO_REPORT_OF ${name} GREENIO_CONTEXTS asyncify)
endfunction()

# Writes a list of the pass for the program `target`: `name` says which, the rest are patterns. Appends
# to the variables `arguments` and `files` of the caller.
macro(greenio_asyncify_list target name)
  set(patterns ${ARGN})
  if(patterns)
    set(file "${CMAKE_BINARY_DIR}/greenio/${target}.${name}")
    if(file MATCHES "[,@]")
      message(FATAL_ERROR "greenio: ${target} narrows Asyncify, and emcc does not take a list from \
${file}, whose path has a comma or an @: build elsewhere")
    endif()
    list(JOIN patterns "," patterns)
    file(CONFIGURE OUTPUT "${file}" CONTENT "${patterns}" @ONLY)
    string(APPEND arguments ",--pass-arg=asyncify-${name}@@${file}")
    list(APPEND files "${file}")
  endif()
endmacro()

# Links that print a report, or look at their lists, are launched by instrumented.mjs.
function(greenio_asyncify_launch target of launch)
  set(command "${GREENIO_NODE}" ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/instrumented.mjs)
  if(target STREQUAL of)
    if(NOT ARGN)
      return()
    endif()
    foreach(file IN LISTS ARGN)
      list(APPEND command --list ${file})
    endforeach()
  endif()
  if(NOT GREENIO_NODE)
    message(FATAL_ERROR "greenio: to look at what Asyncify instruments in ${of}, Node is needed: \
put node into PATH, or set GREENIO_NODE")
  endif()
  list(TRANSFORM command REPLACE "(.+)" "\"\\1\"")
  list(JOIN command " " command)
  set_target_properties(${target} PROPERTIES RULE_LAUNCH_LINK "${launch} ${command} --")
endfunction()

# What a program's own LINK_FLAGS are when the whole project has been read; no generator expression gives them.
function(greenio_copy_link_flags target of)
  set(configs ${CMAKE_BUILD_TYPE} ${CMAKE_CONFIGURATION_TYPES})
  list(TRANSFORM configs TOUPPER)
  list(TRANSFORM configs PREPEND LINK_FLAGS_)
  foreach(property LINK_FLAGS ${configs})
    get_target_property(flags ${of} ${property})
    if(flags)
      set_target_properties(${target} PROPERTIES ${property} "${flags}")
    endif()
  endforeach()
endfunction()

# For each program that links greenio, once the whole project has been read: its properties as
# arguments of the pass. `launch` is what links are launched by, or empty.
function(greenio_finish_asyncify target launch)
  get_target_property(of ${target} GREENIO_REPORT_OF)
  if(NOT of)
    set(of ${target})
  else()
    greenio_copy_link_flags(${target} ${of})
  endif()
  foreach(property IGNORE_INDIRECT ADD REMOVE CHECK)
    get_target_property(${property} ${of} GREENIO_ASYNCIFY_${property})
    if("${${property}}" STREQUAL "${property}-NOTFOUND")
      set(${property} "")
    endif()
  endforeach()
  set(arguments "")
  set(files "")
  get_target_property(contexts ${target} GREENIO_CONTEXTS)
  if(contexts STREQUAL "jspi") # which instruments nothing
    return()
  endif()
  if(IGNORE_INDIRECT)
    set(arguments ",--pass-arg=asyncify-ignore-indirect")
    # The only function of greenio's own below which a task's function is called through a pointer.
    list(APPEND ADD green__job_run)
  endif()
  greenio_asyncify_list(${target} addlist ${ADD})
  greenio_asyncify_list(${target} removelist ${REMOVE})
  if(CHECK STREQUAL "" AND arguments)
    set(CHECK $<CONFIG:Debug>)
  endif()
  set_target_properties(${target} PROPERTIES
    GREENIO_ASYNCIFY_ARGUMENTS "${arguments}"
    GREENIO_ASYNCIFY_NARROWED "${files}"
    GREENIO_ASYNCIFY_CHECKED "${CHECK}"
    GREENIO_ASYNCIFY_JOBS "${IGNORE_INDIRECT}")
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${files})
  greenio_asyncify_launch(${target} ${of} "${launch}" ${files})
endfunction()
