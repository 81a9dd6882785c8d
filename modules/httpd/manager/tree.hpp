// All that is known about the balancers of a server, as names and values within each other: what the XML and the JSON
// page have in common.
#pragma once

#include "httpd/apache.hpp"

#include <cstdint>
#include <string_view>

namespace cxxproxy::httpd::manager {

// Writes it in one form or the other. Names are literals; texts may hold any bytes.
class Tree {
 public:
  virtual ~Tree() = default;

  virtual void begin_list(const char* name) = 0;
  virtual void end_list(const char* name) = 0;
  virtual void begin(const char* name) = 0;
  virtual void end(const char* name) = 0;

  virtual void text(const char* name, std::string_view value) = 0;
  virtual void number(const char* name, std::int64_t value) = 0;
  virtual void factor(const char* name, std::uint32_t hundredths) = 0;
  virtual void flag(const char* name, bool on) = 0;
  virtual void date(const char* name, apr_time_t value) = 0;

  // With the user's password in it, if there is one.
  virtual void url(const char* name, std::string_view value) = 0;

  // What stands there already: the stock page has the load factor twice.
  virtual void factor_again(const char* name, std::uint32_t hundredths) = 0;

  void seconds(const char* name, apr_interval_time_t value) { number(name, apr_time_sec(value)); }
  void milliseconds(const char* name, apr_interval_time_t value) { number(name, apr_time_as_msec(value)); }
};

// Of the server that was asked; stock's elements in stock's order.
void write_balancers(request_rec* r, Tree& tree);

}  // namespace cxxproxy::httpd::manager
