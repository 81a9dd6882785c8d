#include "wire/chunk_hold.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace cxxproxy::wire;

namespace {

// A reader's side of a hold: what was given out, what is held.
class Reader {
 public:
  // The reader takes at most `appetite` bytes at a time.
  explicit Reader(std::size_t appetite = std::string::npos) : appetite_(appetite) { hold_.start(); }

  void feed(std::string_view bytes) {
    held_.append(bytes);
    for (std::size_t ready = look(); ready > 0;) {
      const std::size_t taken = std::min(ready, appetite_);
      hold_.given(taken);
      out_ += held_.substr(0, taken);
      held_.erase(0, taken);
      const std::size_t before = ready;
      ready = look();
      if (!hold_.over()) CHECK(ready == before - taken);
    }
    CHECK(held_.size() <= ChunkHold::most);
    if (hold_.over()) CHECK(held_.empty());
  }

  const std::string& out() const { return out_; }
  std::size_t held() const { return held_.size(); }
  bool over() const { return hold_.over(); }

 private:
  // From a place that is gone afterwards, so that a sanitizer sees what is read behind its end.
  std::size_t look() {
    const auto copy = std::make_unique<char[]>(held_.size());
    held_.copy(copy.get(), held_.size());
    const std::size_t ready = hold_.ready({copy.get(), held_.size()});
    CHECK(ready <= held_.size());
    return ready;
  }

  const std::size_t appetite_;
  ChunkHold hold_;
  std::string held_;
  std::string out_;
};

struct Summary {
  std::size_t given;
  bool over;

  bool operator==(const Summary&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Summary& summary) {
  return out << summary.given << (summary.over ? ", over" : "");
}

Summary feed(const std::vector<std::string_view>& pieces, std::size_t appetite = std::string::npos) {
  Reader reader(appetite);
  std::string all;
  for (const std::string_view piece : pieces) {
    reader.feed(piece);
    all += piece;
  }
  CHECK(reader.out() + all.substr(reader.out().size()) == all);
  CHECK(reader.out().size() + reader.held() == all.size());
  return {reader.out().size(), reader.over()};
}

// What is given out of these bytes, which must not depend on how they are cut: whole, in two and in three at every
// place, in single bytes; nor on how the reader takes them.
Summary given_of(std::string_view bytes) {
  const Summary whole = feed({bytes});
  INFO("bytes: " << bytes);
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      const Summary thirds =
          feed({bytes.substr(0, first), bytes.substr(first, second - first), bytes.substr(second)}, first + 1);
      if (thirds != whole) {
        INFO("cut at " << first << " and " << second);
        CHECK(thirds == whole);
      }
    }
  }
  std::vector<std::string_view> singles;
  for (std::size_t i = 0; i < bytes.size(); ++i) singles.push_back(bytes.substr(i, 1));
  CHECK(feed(singles) == whole);
  CHECK(feed({bytes}, 1) == whole);
  return whole;
}

// A part of a body that is given out as it comes, or once it is there as a whole.
struct Part {
  std::string_view bytes;
  bool whole = true;
};

constexpr bool as_it_comes = false;

// After each byte of the body so much was given out as these parts say, and it was over with the last of them that is
// given out as a whole.
void check_parts(const std::vector<Part>& parts) {
  std::string body;
  for (const Part& part : parts) body += part.bytes;
  INFO("body: " << body);
  std::size_t end = 0;
  std::size_t last = 0;
  for (const Part& part : parts) {
    end += part.bytes.size();
    if (part.whole) last = end;
  }
  for (std::size_t size = 0; size <= body.size(); ++size) {
    std::size_t expected = 0;
    for (const Part& part : parts) {
      const std::size_t there = std::min(size - expected, part.bytes.size());
      if (!part.whole || there == part.bytes.size()) expected += there;
      if (there < part.bytes.size()) break;
    }
    CHECK(given_of(std::string_view(body).substr(0, size)) == Summary{expected, size >= last});
  }
}

}  // namespace

TEST_CASE("a body's last chunk is given out together with its trailers, the rest as it comes", "[wire]") {
  check_parts({{"5\r\n"}, {"hello", as_it_comes}, {"\r\n"}, {"0\r\n\r\n"}});
  check_parts({{"2\r\n"}, {"hi", as_it_comes}, {"\r\n"}, {"0\r\nX-Sum: 1\r\nB: 2\r\n\r\n"}});
  check_parts({{"0\r\n\r\n"}});
  check_parts({{"0\r\nA: b\r\n c\r\n\r\n"}});
}

TEST_CASE("the data of a chunk may look like an end", "[wire]") {
  check_parts({{"7\r\n"}, {"\r\n0\r\n\r\n", as_it_comes}, {"\r\n"}, {"0\r\n\r\n"}});
  check_parts({{"1\r\n"}, {"\r", as_it_comes}, {"\r\n"}, {"1\r\n"}, {"\n", as_it_comes}, {"\r\n"}, {"00\r\n\r\n"}});
}

TEST_CASE("sizes have either case and any number of zeros", "[wire]") {
  check_parts({{"a\r\n"}, {"0123456789", as_it_comes}, {"\r\n"}, {"0\r\n\r\n"}});
  check_parts({{"0A\r\n"}, {"0123456789", as_it_comes}, {"\r\n"}, {"000\r\n\r\n"}});
  check_parts({{"00000000000000000000001\r\n"}, {"x", as_it_comes}, {"\r\n"}, {"00000000000000000000\r\n\r\n"}});
}

TEST_CASE("chunk extensions belong to the size", "[wire]") {
  check_parts({{"1;a\r\n"}, {"x", as_it_comes}, {"\r\n"}, {"0;b=\"0\"\r\n\r\n"}});
  check_parts({{"1 \t;a\r\n"}, {"x", as_it_comes}, {"\r\n"}, {"0 \r\nA: b\r\n\r\n"}});
}

TEST_CASE("lines may end in a bare LF", "[wire]") {
  check_parts({{"1\n"}, {"x", as_it_comes}, {"\n"}, {"0\n\n"}});
  check_parts({{"1\r\n"}, {"x", as_it_comes}, {"\n"}, {"0\r\nA: b\n\r\n"}});
  check_parts({{"0\nA: b\r\n\n"}});
}

TEST_CASE("a line of blanks does not end the trailers", "[wire]") { check_parts({{"0\r\n \r\n\t\r\n\r\r\n\r\n"}}); }

TEST_CASE("what follows the end is not held", "[wire]") {
  check_parts({{"0\r\n\r\n"}, {"GET /next HTTP/1.1\r\n", as_it_comes}});
  check_parts({{"1\r\n"}, {"x", as_it_comes}, {"\r\n"}, {"0\r\nA: b\r\n\r\n"}, {"\r\n0\r\n", as_it_comes}});
}

TEST_CASE("a body cut short before its end is not over", "[wire]") {
  CHECK(given_of("") == Summary{0, false});
  CHECK(given_of("5\r\nhell") == Summary{7, false});
  CHECK(given_of("5\r\nhello\r\n0\r\nA: b\r\n") == Summary{10, false});
  CHECK(given_of("ffffffffffffffff\r\nx") == Summary{19, false});
}

TEST_CASE("of a malformed body nothing is held once it shows", "[wire]") {
  for (const std::string_view body : {"\r\n", "\n", "g\n", " 1\r\n", "-1\r\n", "+1\r\n", ";a\r\n", "x\r\n", "\"0\"\n",
                                      "10000000000000000\r\n", "fffffffffffffffff\r\n", "1\r\nxy", "1\r\nx0",
                                      "1\r\nx\ry", "1\r\nx\r0", "1\r\nx\r\r", "1\r\nx\n\n", "1\r\nx\r\n\r\n"}) {
    INFO(body);
    CHECK(given_of(body) == Summary{body.size(), true});
    CHECK_FALSE(given_of(body.substr(0, body.size() - 1)).over);
    CHECK(given_of(std::string(body) + "0\r\nA: b\r\n") == Summary{body.size() + 9, true});
  }
}

TEST_CASE("a NUL is a byte like others", "[wire]") {
  using namespace std::string_view_literals;
  CHECK(given_of("2\r\n\0\0\r\n0\r\n\r\n"sv) == Summary{12, true});
  CHECK(given_of("0\r\nA: \0\r\n"sv) == Summary{0, false});
}

// The core refuses it at once, so it must not wait for an empty line.
TEST_CASE("a size of zero with something behind it is malformed", "[wire]") {
  for (const std::string_view body : {"0x10\r\n", "0g\r\n", "0,\n", "0-\r\n", "0 1\r\n", "0\r1\r\n", "0\r\r\n"}) {
    INFO(body);
    CHECK(given_of(body) == Summary{body.size(), true});
  }
}

TEST_CASE("a hold that is started again has forgotten the body before", "[wire]") {
  for (const std::string_view before : {"5\r\nhel", "1\r\nx\r", "0\r\nA", "0\r\n\r\n", "malformed\n"}) {
    INFO(before);
    ChunkHold hold;
    hold.start();
    static_cast<void>(hold.ready(before));
    hold.start();
    CHECK_FALSE(hold.over());
    CHECK(hold.ready("1\r\nx\r\n0\r\n") == 6);
    CHECK(hold.ready("1\r\nx\r\n0\r\n\r\n") == 11);
    CHECK(hold.over());
  }
}

TEST_CASE("a look that nothing is taken after changes nothing", "[wire]") {
  ChunkHold hold;
  hold.start();
  for (int look = 0; look < 3; ++look) CHECK(hold.ready("3\r\nab") == 5);
  hold.given(4);
  for (int look = 0; look < 3; ++look) CHECK(hold.ready("bc\r") == 2);
  CHECK(hold.ready("bc\r\n0\r\n") == 4);
  CHECK_FALSE(hold.over());
}

// --- the limit ---

TEST_CASE("no more is held than the limit", "[wire]") {
  const std::string_view begin = GENERATE("0\r\nA: ", "0;", "5;", "0\r\nA: b\r\n", "0");
  const std::string before = "1\r\nx\r\n";
  Reader reader;
  reader.feed(before);
  reader.feed(begin);
  reader.feed(std::string(ChunkHold::most - begin.size(), '0'));
  CHECK(reader.held() == ChunkHold::most);
  CHECK(reader.out() == before);
  CHECK_FALSE(reader.over());
  reader.feed("0");
  CHECK(reader.over());
  CHECK(reader.held() == 0);
}

TEST_CASE("a last chunk of just the limit is held until it is there", "[wire]") {
  const std::string_view end = "\r\n\r\n";
  Reader reader;
  reader.feed("0\r\nA: ");
  reader.feed(std::string(ChunkHold::most - 6 - end.size(), 'x'));
  for (const char byte : end) {
    CHECK(reader.out().empty());
    reader.feed({&byte, 1});
  }
  CHECK(reader.out().size() == ChunkHold::most);
  CHECK(reader.over());
}

TEST_CASE("chunks of data larger than the limit pass", "[wire]") {
  const std::string data(3 * ChunkHold::most, 'x');
  Reader reader;
  reader.feed("30000\r\n");
  reader.feed(data);
  CHECK(reader.out().size() == 7 + data.size());
  reader.feed("\r\n0\r\n");
  CHECK(reader.held() == 3);
  reader.feed("\r\n");
  CHECK(reader.over());
  CHECK(reader.held() == 0);
}

TEST_CASE("thousands of small chunks in one piece pass", "[wire]") {
  std::string body;
  for (int i = 0; i < 20000; ++i) body += "1\r\nx\r\n";
  const std::string last = "0\r\nA: b\r\n";
  CHECK(feed({body + last}) == Summary{body.size(), false});
  CHECK(feed({body + last + "\r\n"}) == Summary{body.size() + last.size() + 2, true});
}

TEST_CASE("a size line beyond the limit is one however it comes", "[wire]") {
  const std::string line = "1;" + std::string(ChunkHold::most, 'x') + "\r\n";
  const std::string rest = "x\r\n0\r\n";
  CHECK(feed({line + rest}) == feed({line.substr(0, line.size() - 1), "\n", rest}));
}
