#include "wire/line_block.hpp"

#include "catch.hpp"

using namespace cxxproxy::wire;

namespace {

constexpr LineBlock::Limits wide{.line = 100, .bytes = 1000, .line_end = LineBlock::LineEnd::Any};

}  // namespace

TEST_CASE("lines within one read are views into it", "[wire]") {
  LineBlock lines;
  lines.start(wide);
  const std::string_view bytes = "one\r\ntwo\n\nrest";
  std::string_view in = bytes;
  for (const std::string_view expected : {"one", "two", ""}) {
    REQUIRE(lines.next(in) == LineBlock::Result::Line);
    CHECK(lines.line() == expected);
    CHECK(lines.line().data() == bytes.data() + lines.position_of(lines.line()));
  }
  CHECK(in == "rest");
}

TEST_CASE("positions hold when a block goes on in the next read", "[wire]") {
  LineBlock lines;
  lines.start(wide);
  std::string_view first = "one\r\ntw";
  REQUIRE(lines.next(first) == LineBlock::Result::Line);
  const std::size_t one = lines.position_of(lines.line());
  REQUIRE(lines.next(first) == LineBlock::Result::NeedMore);
  CHECK(lines.line() == "tw");
  std::string_view second = "o\r\nmore";
  REQUIRE(lines.next(second) == LineBlock::Result::Line);
  CHECK(lines.line() == "two");
  CHECK(lines.at(one, 3) == "one");
  CHECK(second == "more");
}

TEST_CASE("a line is put back where it can be, else handed out", "[wire]") {
  LineBlock lines;
  lines.start(wide);
  std::string_view in = "one\r\ntwo\r\nrest";
  lines.next(in);
  lines.next(in);
  CHECK(lines.put_back(in).empty());
  CHECK(in == "two\r\nrest");
  lines.start(wide);
  std::string_view first = "one\r\ntw";
  lines.next(first);
  lines.next(first);
  std::string_view second = "o\r\nrest";
  lines.next(second);
  CHECK(lines.put_back(second) == "two\r\n");
  CHECK(second == "rest");
}

TEST_CASE("a line that is too long, unfinished or not, is refused, as is a NUL", "[wire]") {
  struct Row {
    std::string_view bytes;
    LineBlock::Limits limits;
    Fault fault;
  };
  const Row rows[] = {
      {"123456\n", {.line = 5, .bytes = 9, .line_end = LineBlock::LineEnd::Any}, Fault::LineTooLong},
      {"123456", {.line = 5, .bytes = 9, .line_end = LineBlock::LineEnd::Any}, Fault::LineTooLong},
      {"123456", {.line = 9, .bytes = 5, .line_end = LineBlock::LineEnd::Any}, Fault::HeadTooLarge},
      {"12\n", {.line = 9, .bytes = 9, .line_end = LineBlock::LineEnd::Crlf}, Fault::BadLine},
      {std::string_view("1\0\r\n", 4), wide, Fault::BadLine},
  };
  for (const Row& row : rows) {
    LineBlock lines;
    lines.start(row.limits);
    std::string_view in = row.bytes;
    CHECK(lines.next(in) == LineBlock::Result::Broken);
    CHECK(lines.fault() == row.fault);
  }
}
