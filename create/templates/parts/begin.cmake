cmake_minimum_required(VERSION 3.25)
project({{name}} C)

if(WASM AND NOT EMSCRIPTEN)
  message(FATAL_ERROR "this preset is for Emscripten: emcmake cmake --preset wasm")
endif()

# greenio: the npm package that `npm install` puts here, or one that is installed on this machine.
if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/node_modules/greenio/CMakeLists.txt)
  add_subdirectory(node_modules/greenio greenio)
else()
  find_package(greenio {{greenio}} CONFIG QUIET{{components}})
  if(NOT greenio_FOUND)
    message(FATAL_ERROR "greenio is not here. Run `npm install` in ${CMAKE_CURRENT_SOURCE_DIR}, or say where it is \
installed: -DCMAKE_PREFIX_PATH=FOLDER, behind emcmake -DCMAKE_FIND_ROOT_PATH=FOLDER. ${greenio_NOT_FOUND_MESSAGE}")
  endif()
endif()

if(EMSCRIPTEN)
  set(CMAKE_CROSSCOMPILING_EMULATOR node) # ctest has the tests run by this, without old options of emcmake's
endif()
set(CMAKE_C_STANDARD 11)
add_compile_options(-Wall -Wextra)
enable_testing()
