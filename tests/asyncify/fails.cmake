# Runs a command that must fail and print a text:
#   cmake -DPRINTS=TEXT -P fails.cmake -- COMMAND ARGUMENT ...

set(command "")
set(begun FALSE)
foreach(index RANGE 1 ${CMAKE_ARGC})
  if(begun AND index LESS CMAKE_ARGC)
    list(APPEND command "${CMAKE_ARGV${index}}")
  elseif("${CMAKE_ARGV${index}}" STREQUAL "--")
    set(begun TRUE)
  endif()
endforeach()

execute_process(COMMAND ${command} RESULT_VARIABLE status OUTPUT_VARIABLE printed ERROR_VARIABLE printed)
message("${printed}")
if(status EQUAL 0)
  message(FATAL_ERROR "it succeeded")
endif()
string(FIND "${printed}" "${PRINTS}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "it did not print: ${PRINTS}")
endif()
