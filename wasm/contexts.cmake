# The kinds of contexts of a program, a property of its target; docs/contexts.md is the guide. Included by greenio.cmake.
#
#   GREENIO_CONTEXTS   asyncify (unless said otherwise), jspi, or both: one .mjs with two .wasm, of which its factory
#                      takes one. The variable of that name says it for all targets that are made behind it.
#
# A library of a program of both kinds that has C++'s exceptions or longjmp() is to have the property too.

if(NOT GREENIO_CONTEXTS MATCHES "^(asyncify|jspi|both)$")
  message(FATAL_ERROR "greenio: GREENIO_CONTEXTS is \"${GREENIO_CONTEXTS}\": it is asyncify, jspi or both")
endif()
define_property(TARGET PROPERTY GREENIO_CONTEXTS INITIALIZE_FROM_VARIABLE GREENIO_CONTEXTS
  BRIEF_DOCS "What green tasks stand on in WebAssembly: asyncify, jspi or both")

# Of the target that is linked, in generator expressions; made a valid word when the whole project has been read.
set(greenio_contexts "$<TARGET_PROPERTY:GREENIO_CONTEXTS>")
set(greenio_has_both "$<STREQUAL:${greenio_contexts},both>")
set(greenio_has_jspi "$<OR:$<STREQUAL:${greenio_contexts},jspi>,${greenio_has_both}>")

# Arguments of links for one kind alone: twice.mjs takes those of a program of both kinds apart.
function(greenio_link_kind target kind)
  foreach(argument IN LISTS ARGN)
    target_link_options(${target} INTERFACE
      "$<$<STREQUAL:${greenio_contexts},${kind}>:${argument}>"
      "$<${greenio_has_both}:--greenio-${kind}=${argument}>")
  endforeach()
endfunction()

# A valid word.
function(greenio_contexts_of out target)
  get_target_property(contexts ${target} GREENIO_CONTEXTS)
  if(NOT contexts)
    set(contexts ${GREENIO_CONTEXTS})
  elseif(NOT contexts MATCHES "^(asyncify|jspi|both)$")
    message(SEND_ERROR "greenio: the target ${target} sets GREENIO_CONTEXTS to \"${contexts}\": it is asyncify, jspi or both")
    set(contexts asyncify)
  endif()
  set(${out} ${contexts} PARENT_SCOPE)
endfunction()

# What the commands of a target of another kind than Asyncify are launched by; empty: by nothing.
function(greenio_twice out target contexts)
  set(${out} "" PARENT_SCOPE)
  if(contexts STREQUAL "asyncify")
    return()
  endif()
  if(NOT GREENIO_NODE)
    message(FATAL_ERROR "greenio: to build ${target} for JSPI, Node is needed: put node into PATH, or set GREENIO_NODE")
  endif()
  set(${out} "\"${GREENIO_NODE}\" \"${CMAKE_CURRENT_FUNCTION_LIST_DIR}/twice.mjs\"" PARENT_SCOPE)
endfunction()

# The libraries whose property says so; greenio's own, whose sources are beside this folder, fit both kinds.
function(greenio_finish_library target type)
  get_target_property(source ${target} SOURCE_DIR)
  cmake_path(GET CMAKE_CURRENT_FUNCTION_LIST_DIR PARENT_PATH own)
  if(type MATCHES "^(STATIC|OBJECT)_LIBRARY$" AND NOT source STREQUAL own)
    greenio_finish_contexts(_ ${target} "")
  endif()
endfunction()

# For each program that links greenio, and such a library, once the whole project has been read.
# `launch` is what links are launched by; with it, or without, in the variable `out`.
function(greenio_finish_contexts out target launch)
  greenio_contexts_of(contexts ${target})
  set_target_properties(${target} PROPERTIES GREENIO_CONTEXTS ${contexts})
  greenio_twice(twice ${target} ${contexts})
  if(contexts STREQUAL "jspi")
    string(APPEND twice " --jspi")
    target_compile_options(${target} PRIVATE -sSUPPORT_LONGJMP=wasm)
  elseif(contexts STREQUAL "both")
    set_target_properties(${target} PROPERTIES RULE_LAUNCH_COMPILE "${twice} --")
  endif()
  if(twice)
    string(STRIP "${launch} ${twice} --" launch)
    set_target_properties(${target} PROPERTIES RULE_LAUNCH_LINK "${launch}")
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS
      ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/twice.mjs ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/objects.mjs)
  endif()
  set(${out} "${launch}" PARENT_SCOPE)
endfunction()
