#include "backend/http2/fields.hpp"

#include <algorithm>
#include <cstring>

namespace cxxproxy::backend {
namespace {

constexpr std::size_t first_room = 1024;

}  // namespace

void Http2Fields::add(std::string_view name, std::string_view value, wire::FieldName known) {
  const std::size_t size = name.size() + value.size() + 2;
  if (size > room_ - used_) grow(size);
  char* const at = text_.get() + used_;
  char* const value_at = at + name.size() + 1;
  fields_.push_back({{at, name.size()}, {value_at, value.size()}, known});
  std::copy_n(name.data(), name.size(), at);
  std::copy_n(value.data(), value.size(), value_at);
  at[name.size()] = value_at[value.size()] = '\0';
  used_ += size;
  bytes_ += size - 2;
}

void Http2Fields::grow(std::size_t more) {
  const std::size_t room = std::max({first_room, 2 * room_, used_ + more});
  auto text = std::make_unique_for_overwrite<char[]>(room);
  std::copy_n(text_.get(), used_, text.get());
  const auto moved = [&](std::string_view view) {
    return std::string_view(text.get() + (view.data() - text_.get()), view.size());
  };
  for (wire::Field& field : fields_) field = {moved(field.name), moved(field.value), field.known};
  text_ = std::move(text);
  room_ = room;
}

}  // namespace cxxproxy::backend
