#include "health/check_method.hpp"

#include <algorithm>

namespace cxxproxy::health {
namespace {

constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool same(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return upper(x) == upper(y); });
}

}  // namespace

std::string_view name_of(CheckMethod method) noexcept {
  return check_method_names[static_cast<std::size_t>(method)].name;
}

std::optional<CheckMethod> check_method_of(std::string_view name) noexcept {
  for (const CheckMethodName& one : check_method_names) {
    if (same(one.name, name)) return one.method;
  }
  return std::nullopt;
}

}  // namespace cxxproxy::health
