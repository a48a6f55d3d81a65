# Which architecture's contexts the compiler can have: greenio_native_architecture(OUT) sets OUT to the name of
# a folder here, `ucontext` where there is no assembly.
#
# The compiler is asked. CMAKE_SYSTEM_PROCESSOR is the machine's: beside -m32, -mx32, or a cross compiler that
# was named by CC alone it says x86_64 all the same.

include(CheckCSourceCompiles)

function(greenio_native_architecture out)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # what is missing to link matters nothing here
  set(CMAKE_REQUIRED_QUIET ON)
  set(x86_64 "defined __x86_64__ && !defined __ILP32__ && !defined _WIN32")
  set(aarch64 "defined __aarch64__ && !defined __ILP32__ && !defined __AARCH64EB__")
  set(x86_64_windows "defined __x86_64__ && defined _WIN32")
  foreach(name x86_64 aarch64 x86_64_windows)
    string(TOUPPER GREENIO_FOR_${name} known)
    check_c_source_compiles("
#if !((defined __ELF__ || defined _WIN32) && ${${name}})
#error for another architecture
#endif
int greenio;" ${known})
    if(${known})
      set(${out} ${name} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  if(WIN32)
    message(FATAL_ERROR "greenio: under Windows contexts are there for x86-64 alone")
  endif()
  set(${out} ucontext PARENT_SCOPE)
endfunction()
