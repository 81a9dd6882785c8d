# cxxproxy::catch: Catch2 with its main compiled once, from version 3, from version 2's static library, or from
# version 2's header alone.
find_package(Catch2 REQUIRED)

add_library(cxxproxy_catch INTERFACE)
add_library(cxxproxy::catch ALIAS cxxproxy_catch)
if(TARGET Catch2::Catch2WithMain)
  target_link_libraries(cxxproxy_catch INTERFACE Catch2::Catch2WithMain)
else()
  file(WRITE ${CMAKE_BINARY_DIR}/catch_main.cpp "#define CATCH_CONFIG_MAIN\n#include <catch2/catch.hpp>\n")
  add_library(cxxproxy_catch_main STATIC ${CMAKE_BINARY_DIR}/catch_main.cpp)
  target_link_libraries(cxxproxy_catch_main PUBLIC Catch2::Catch2)
  target_link_libraries(cxxproxy_catch INTERFACE cxxproxy_catch_main)
endif()
