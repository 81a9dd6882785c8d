#include "wire/field_list.hpp"

#include "wire/characters.hpp"

namespace cxxproxy::wire {

namespace {

// Longer ones are not plain. It bounds how far a colon is looked for where there is none.
constexpr std::size_t longest_plain_name = 64;

// A field's line at the front of a text, told by where its parts end.
struct PlainLine {
  std::size_t name_end = 0;  // 0: it is not plain
  std::size_t value_begin = 0;
  std::size_t value_end = 0;
  std::size_t line_feed = 0;
  FieldName known = FieldName::Other;
};

// The first control character but the tab.
const char* find_value_end(const char* at, const char* end) noexcept {
  at = find_below_or_del<' '>(at, end);
  while (at != end && *at == '\t') at = find_below_or_del<' '>(at + 1, end);
  return at;
}

PlainLine scan_plain(std::string_view in) noexcept {
  const char* const begin = in.data();
  const char* const end = begin + in.size();
  const std::string_view name = in.substr(0, in.substr(0, longest_plain_name).find(':'));
  const FieldName known = field_name(name);
  if (name.size() == in.size() || (known == FieldName::Other && !is_token(name))) return {};
  const char* value = begin + name.size() + 1;
  while (value != end && is_blank(*value)) ++value;
  const char* const stop = find_value_end(value, end);
  if (end - stop < 2 || stop[0] != '\r' || stop[1] != '\n') return {};
  const char* value_end = stop;
  while (value_end != value && is_blank(value_end[-1])) --value_end;
  const auto offset = [begin](const char* of) { return static_cast<std::size_t>(of - begin); };
  return {name.size(), offset(value), offset(value_end), offset(stop) + 1, known};
}

}  // namespace

void FieldList::start(const Limits& limits) {
  places_.clear();
  views_.clear();
  limits_ = limits;
  can_fold_ = false;
}

std::optional<Fault> FieldList::add(LineBlock& lines) {
  const std::string_view line = lines.line();
  if (line.front() == ' ' || line.front() == '\t') return fold(lines);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return Fault::NoColon;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim_ows(line.substr(colon + 1));
  const FieldName known = field_name(name);
  if (known == FieldName::Other && !is_token(name)) return Fault::BadFieldName;
  if (!is_field_value(value)) return Fault::BadFieldValue;
  if (places_.size() >= limits_.fields) return Fault::TooManyFields;
  const std::size_t value_begin = lines.position_of(value);
  places_.push_back({lines.position_of(name), name.size(), value_begin, value_begin + value.size(), known});
  can_fold_ = true;
  return std::nullopt;
}

void FieldList::add_plain(LineBlock& lines, std::string_view& in) {
  while (lines.in_place() && places_.size() < limits_.fields) {
    const std::string_view text = in;
    const PlainLine plain = scan_plain(text);
    if (plain.name_end == 0 || !lines.take_found(in, plain.line_feed)) return;
    const std::size_t begin = lines.position_of(text);
    places_.push_back({begin, plain.name_end, begin + plain.value_begin, begin + plain.value_end, plain.known});
    can_fold_ = true;
  }
}

std::optional<Fault> FieldList::fold(LineBlock& lines) {
  if (!can_fold_) return Fault::BadFold;
  if (!is_field_value(lines.line())) return Fault::BadFieldValue;
  Place& place = places_.back();
  place.value_end = lines.join(place.value_begin, place.value_end);
  if (place.value_end - place.name_begin > limits_.folded) return Fault::LineTooLong;
  return std::nullopt;
}

std::vector<Field>& FieldList::views(const LineBlock& lines) {
  views_.clear();
  for (const Place& place : places_) {
    views_.push_back({lines.at(place.name_begin, place.name_size),
                      lines.at(place.value_begin, place.value_end - place.value_begin), place.known});
  }
  return views_;
}

}  // namespace cxxproxy::wire
