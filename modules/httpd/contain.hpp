// The C edge: httpd and APR call only functions that let no exception out.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/log.hpp"

#include <exception>
#include <utility>

namespace cxxproxy::httpd {

// Says in the error log what escaped, for whom. Any thread.
void log_escaped(const request_rec* r, const char* what) noexcept;
void log_escaped(const server_rec* s, const char* what) noexcept;

// Runs `Body` with the given arguments and returns what it returns; an exception that it lets out is logged once and
// turned into `Fallback`. The first argument tells where to log.
template <auto Body, auto Fallback, class Where, class... Rest>
auto contain(Where where, Rest&&... rest) noexcept -> decltype(Body(where, std::forward<Rest>(rest)...)) {
  try {
    return Body(where, std::forward<Rest>(rest)...);
  } catch (const std::exception& escaped) {
    log_escaped(where, escaped.what());
  } catch (...) {
    log_escaped(where, "an exception of unknown type");
  }
  return Fallback;
}

}  // namespace cxxproxy::httpd
