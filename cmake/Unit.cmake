# cxxproxy_unit: every t/unit/**/*_test.cpp in one program; ctest knows each test case by its sentence.
include(Catch)
file(GLOB_RECURSE unit_sources CONFIGURE_DEPENDS t/unit/*.cpp)
if(unit_sources)
  add_executable(cxxproxy_unit ${unit_sources})
  target_include_directories(cxxproxy_unit PRIVATE t/unit)
  target_link_libraries(cxxproxy_unit PRIVATE cxxproxy_core cxxproxy::catch)
  target_precompile_headers(cxxproxy_unit PRIVATE t/unit/catch.hpp)
  if(CXXPROXY_SANITIZE MATCHES undefined)
    # The tests' own arithmetic is not what is looked for, and Catch2's expressions make it four times as long to compile.
    target_compile_options(cxxproxy_unit PRIVATE -O0 -fno-sanitize=undefined)
  endif()
  add_test(NAME cxxproxy_unit COMMAND cxxproxy_unit)
endif()
