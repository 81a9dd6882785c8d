# cxxproxy::httpd: the include path and definitions of the installed httpd, as apxs tells them.
find_program(CXXPROXY_APXS NAMES apxs apxs2 DOC "httpd's apxs")

function(cxxproxy_ask_apxs name result)
  execute_process(
    COMMAND "${CXXPROXY_APXS}" -q "${name}"
    OUTPUT_VARIABLE answer
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(${result} "${answer}" PARENT_SCOPE)
endfunction()

if(CXXPROXY_APXS)
  foreach(name INCLUDEDIR APR_INCLUDEDIR APU_INCLUDEDIR EXTRA_CPPFLAGS)
    cxxproxy_ask_apxs(${name} HTTPD_${name})
  endforeach()
  separate_arguments(HTTPD_EXTRA_CPPFLAGS UNIX_COMMAND "${HTTPD_EXTRA_CPPFLAGS}")
  add_library(cxxproxy_httpd_headers INTERFACE)
  add_library(cxxproxy::httpd ALIAS cxxproxy_httpd_headers)
  target_include_directories(cxxproxy_httpd_headers SYSTEM INTERFACE ${HTTPD_INCLUDEDIR} ${HTTPD_APR_INCLUDEDIR}
                                                                     ${HTTPD_APU_INCLUDEDIR})
  target_compile_options(cxxproxy_httpd_headers INTERFACE ${HTTPD_EXTRA_CPPFLAGS})
endif()
