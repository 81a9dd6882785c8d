#include "wire/field_list.hpp"

#include "catch.hpp"

using namespace cxxproxy::wire;

TEST_CASE("fields stay whole while their lines move", "[wire]") {
  LineBlock lines;
  FieldList fields;
  lines.start({.line = 100, .bytes = 1000, .line_end = LineBlock::LineEnd::Any});
  fields.start({.fields = 2, .folded = 100});
  std::string_view in = "A: b\r\n c\r\ndate: e\r\nF: g\r\n";
  for (int i = 0; i < 3; ++i) {
    REQUIRE(lines.next(in) == LineBlock::Result::Line);
    REQUIRE_FALSE(fields.add(lines));
  }
  const std::vector<Field>& views = fields.views(lines);
  REQUIRE(views.size() == 2);
  CHECK(views[0].name == "A");
  CHECK(views[0].value == "b c");
  CHECK(views[0].known == FieldName::Other);
  CHECK(views[1].name == "date");
  CHECK(views[1].known == FieldName::Date);
  CHECK(views[1].value == "e");
  REQUIRE(lines.next(in) == LineBlock::Result::Line);
  CHECK(fields.add(lines) == Fault::TooManyFields);
}

TEST_CASE("a line left out cannot be continued", "[wire]") {
  LineBlock lines;
  FieldList fields;
  lines.start({.line = 100, .bytes = 1000, .line_end = LineBlock::LineEnd::Any});
  fields.start({.fields = 2, .folded = 100});
  std::string_view in = "A: b\r\nno colon\r\n c\r\n";
  lines.next(in);
  CHECK_FALSE(fields.add(lines));
  lines.next(in);
  CHECK(fields.add(lines) == Fault::NoColon);
  fields.skip();
  lines.next(in);
  CHECK(fields.add(lines) == Fault::BadFold);
}
