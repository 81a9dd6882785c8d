#include "wire/field_list.hpp"

namespace cxxproxy::wire {

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
