#include "backend/http2/fields.hpp"

#include <string>

#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

std::string text_of(std::span<const wire::Field> fields) {
  std::string text;
  for (const wire::Field& field : fields) text.append(field.name).append(": ").append(field.value).append(", ");
  return text;
}

TEST_CASE("h2 fields: names and values end in NUL, one behind the other", "[backend][http2]") {
  Http2Fields fields;
  fields.add("a", "", wire::FieldName::Other);
  fields.add("date", "now", wire::FieldName::Date);
  const std::span<const wire::Field> views = fields.views();
  CHECK(text_of(views) == "a: , date: now, ");
  CHECK(views[1].known == wire::FieldName::Date);
  const char* const begin = views[0].name.data();
  CHECK(std::string(begin, 12) == std::string("a\0\0date\0now\0", 12));
  CHECK(fields.bytes() == 8);
}

TEST_CASE("h2 fields: the views hold when there are more than there was room for", "[backend][http2]") {
  Http2Fields fields;
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "name-" + std::to_string(i);
    const std::string value(static_cast<std::size_t>(i), 'v');
    fields.add(name, value, wire::FieldName::Other);
    expected.append(name).append(": ").append(value).append(", ");
  }
  CHECK(text_of(fields.views()) == expected);
}

TEST_CASE("h2 fields: the views go along when they are swapped or moved", "[backend][http2]") {
  Http2Fields fields, others;
  fields.add("a", "1", wire::FieldName::Other);
  others.add("b", "2", wire::FieldName::Other);
  const std::span<const wire::Field> views = fields.views();
  others.swap(fields);
  fields.clear();
  fields.add("c", "3", wire::FieldName::Other);
  CHECK(text_of(views) == "a: 1, ");
  CHECK(text_of(others.views()) == "a: 1, ");
  const Http2Fields moved = std::move(others);
  CHECK(text_of(views) == "a: 1, ");
  CHECK(text_of(moved.views()) == "a: 1, ");
}

TEST_CASE("h2 fields: some can be left out", "[backend][http2]") {
  Http2Fields fields;
  fields.add("a", "1", wire::FieldName::Other);
  fields.add("date", "now", wire::FieldName::Date);
  fields.add("b", "2", wire::FieldName::Other);
  fields.erase_if([](const wire::Field& field) { return field.known == wire::FieldName::Date; });
  CHECK(text_of(fields.views()) == "a: 1, b: 2, ");
}

}  // namespace
}  // namespace cxxproxy::backend
