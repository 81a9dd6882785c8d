// What is remembered of balancers and members over a full stop, as the text of a file.
//
//   cxxproxy-state 1
//   balancer key=*|balancer://cluster lbmethod=byrequests timeout=0 ...
//   member key=*|balancer://cluster|http://a loadfactor=100 ...
//   end 2 0123456789abcdef
//
// Values are percent-encoded where they hold a space, a percent sign or a byte that is no printable ASCII. The last
// line has the number of the lines between and a hash (FNV-1a, 64 bits) of everything before it: a file that was cut,
// or edited with care for neither, is refused as a whole.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cxxproxy::balance {

// One line: a kind ("balancer", "member") and its values by name.
struct SavedLine {
  std::string kind;
  std::map<std::string, std::string, std::less<>> values;

  std::string_view text(std::string_view name) const;

  // Nothing where there is no such value, or one that is no decimal number of this size.
  std::optional<std::int64_t> number(std::string_view name) const;

  void set(std::string_view name, std::string_view value) { values.insert_or_assign(std::string(name), value); }
  void set(std::string_view name, std::int64_t value) {
    values.insert_or_assign(std::string(name), std::to_string(value));
  }
};

std::string write_saved(const std::vector<SavedLine>& lines);

// The lines, or in `wrong` what is the matter, with the line's number. Any bytes are fine; no more memory than a small
// multiple of the text.
std::optional<std::vector<SavedLine>> read_saved(std::string_view text, std::string& wrong);

}  // namespace cxxproxy::balance
