#include "wire/field_list.hpp"

#include <string>
#include <vector>

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

namespace {

// What became of the lines: the fields, or the fault.
std::string read_all(std::string_view in, bool plain_first) {
  LineBlock lines;
  FieldList fields;
  lines.start({.line = 80, .bytes = 200, .line_end = LineBlock::LineEnd::Any});
  fields.start({.fields = 3, .folded = 80});
  while (!in.empty()) {
    if (plain_first) fields.add_plain(lines, in);
    if (in.empty()) break;
    if (lines.next(in) == LineBlock::Result::Broken) return std::string(word(lines.fault()));
    if (lines.line().empty()) break;
    if (const auto fault = fields.add(lines)) return std::string(word(*fault));
  }
  std::string all;
  for (const Field& field : fields.views(lines)) {
    all.append(field.name).append("=").append(field.value).append(std::to_string(static_cast<int>(field.known)));
  }
  return all.append("+").append(in);
}

}  // namespace

TEST_CASE("lines taken in one pass give the fields that they give one by one", "[wire]") {
  const std::string long_name(70, 'n');
  const std::string long_value(78, 'v');
  for (const std::string& line : std::vector<std::string>{"date: x\r\n",
                                                          "Date:x\r\n",
                                                          "A:\r\n",
                                                          "A: \t \r\n",
                                                          "A: \tb \t c\t \r\n",
                                                          "A: b\n",
                                                          "A: b\r\r\n",
                                                          "A: b\rc\r\n",
                                                          "A : b\r\n",
                                                          ": b\r\n",
                                                          "A\r\n",
                                                          "A b\r\n",
                                                          " folded\r\n",
                                                          "\tfolded\r\n",
                                                          "A: \x7f\r\n",
                                                          "A: \x80\xff\r\n",
                                                          "A:: b:c\r\n",
                                                          "A(: b\r\n",
                                                          "A\x80: b\r\n",
                                                          "A: b\x01\r\n",
                                                          "\r\n",
                                                          "\n",
                                                          "A: 01234567\r\n",
                                                          "A: 0123456\t\r\n",
                                                          std::string("A: \0b\r\n", 8),
                                                          long_name + ": b\r\n",
                                                          "A:" + long_value.substr(3) + "\r\n",
                                                          "A:" + long_value.substr(2) + "\r\n",
                                                          "A:" + long_value.substr(1) + "\r\n",
                                                          "A:" + long_value + "\r\n"}) {
    for (const std::string& head : {line, "B: 1\r\n" + line, line + "B: 1\r\n", "B: 1\r\n" + line + "C: 2\r\n" + line,
                                    line + line + line + line}) {
      CAPTURE(head);
      CHECK(read_all(head, true) == read_all(head, false));
      CHECK(read_all(head + "\r\nbody: x\r\n", true) == read_all(head + "\r\nbody: x\r\n", false));
    }
  }
}

TEST_CASE("an unfinished line is left to be read on", "[wire]") {
  const std::string_view whole = "Date: now\r\nA: b\r\n";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    LineBlock lines;
    FieldList fields;
    lines.start({.line = 100, .bytes = 1000, .line_end = LineBlock::LineEnd::Any});
    fields.start({.fields = 2, .folded = 100});
    std::string_view in = whole.substr(0, size);
    fields.add_plain(lines, in);
    const std::size_t finished = size == whole.size() ? 2 : size >= 11 ? 1 : 0;
    CHECK(fields.views(lines).size() == finished);
    CHECK(in.size() == (size == whole.size() ? 0 : size >= 11 ? size - 11 : size));
  }
}
