# -D CXXPROXY_SANITIZE=address,undefined or =thread: everything is built and linked with these sanitizers.
if(CXXPROXY_SANITIZE)
  set(flags -fsanitize=${CXXPROXY_SANITIZE} -fno-omit-frame-pointer -U_FORTIFY_SOURCE)
  if(CXXPROXY_SANITIZE MATCHES undefined)
    list(APPEND flags -fno-sanitize-recover=undefined)
  endif()
  add_compile_options(${flags})
  add_link_options(-fsanitize=${CXXPROXY_SANITIZE})
endif()
