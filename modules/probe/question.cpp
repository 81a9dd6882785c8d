#include "probe/question.hpp"

#include "wire/fields.hpp"

namespace cxxproxy::probe {

const std::string* Answer::field(std::string_view name) const noexcept {
  for (const auto& [one, value] : fields) {
    if (wire::iequals(one, name)) return &value;
  }
  return nullptr;
}

}  // namespace cxxproxy::probe
