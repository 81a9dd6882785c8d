#include "exchange/head_copy.hpp"

#include <string_view>

namespace cxxproxy::exchange {

void HeadCopy::take(const wire::Head& from) {
  std::size_t size = from.head.reason.size();
  for (const wire::Field& field : from.head.fields) size += field.name.size() + field.value.size() + 1;
  text.clear();
  text.reserve(size);
  fields.clear();
  fields.reserve(from.head.fields.size());
  const auto copy = [this](std::string_view of) {
    const std::size_t begin = text.size();
    text.append(of);
    return std::string_view(text).substr(begin);
  };
  for (const wire::Field& field : from.head.fields) {
    const std::string_view name = copy(field.name);
    text.push_back('\0');
    fields.push_back({name, copy(field.value), field.known});
  }
  head = from;
  head.head.reason = {};
  head.head.fields = fields;
}

}  // namespace cxxproxy::exchange
