// What a client asks of the balancer-manager.
#pragma once

#include "httpd/apache.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cxxproxy::httpd::manager {

// Parameters by name; the last of a name counts. Names are percent-decoded once and values twice, since the stock page
// has encoded values in its links and fields and scripts send them on encoded once more; `+` is no space. What holds a
// control character is left out.
class Form {
 public:
  void add(std::string_view encoded);

  const std::string* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }

  // A whole number as C reads it: digits count, what follows is ignored, none are 0. Nothing without the parameter.
  std::optional<long> number(std::string_view name) const;

  // Leaves only the names that a look may use.
  void keep_only_what_looks();

 private:
  std::map<std::string, std::string, std::less<>> fields_;
};

// Of a GET's query, or of a POST's body (at most 64 KiB). OK, or the status that the client deserves.
int read_form(request_rec* r, Form& form);

}  // namespace cxxproxy::httpd::manager
