#include "backend/http2/output.hpp"

#include <array>
#include <memory>
#include <string>

#include "backend/http2/peer.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

std::string text_of(const Http2Output& output) {
  std::array<iovec, 256> pieces;
  std::string text;
  const std::size_t count = output.pieces(pieces);
  for (std::size_t i = 0; i < count; ++i) text.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  return text;
}

void drop(Http2Output& output, std::size_t count) {
  while (count > 0) output.drop(count);
}

TEST_CASE("frames of ours join, what is lent stays in its place", "[backend][http2]") {
  test::Owner owner;
  const std::string lent = "lent";
  Http2Output output;
  output.append("one ");
  output.append("two ");
  output.lend(lent, owner.stream);
  output.append(" three");
  std::array<iovec, 8> pieces;
  REQUIRE(output.pieces(pieces) == 3);
  CHECK(pieces[1].iov_base == lent.data());
  CHECK(text_of(output) == "one two lent three");
  CHECK(output.size() == 18);
  std::size_t count = 10;
  CHECK(output.drop(count).stream == nullptr);
  CHECK(count == 2);
  const Http2Output::Gone gone = output.drop(count);
  CHECK(gone.stream == &owner.stream);
  CHECK(gone.bytes == 2);
  CHECK(count == 0);
  CHECK(text_of(output) == "nt three");
  CHECK(output.written() == 10);
  CHECK(output.appended() == 18);
}

TEST_CASE("what is lent can be taken back, in the middle of it", "[backend][http2]") {
  test::Owner one;
  test::Owner two;
  auto lent = std::make_unique<std::string>("first");
  const std::string other = "second";
  Http2Output output;
  output.lend(*lent, one.stream);
  output.lend(other, two.stream);
  drop(output, 2);
  output.own(one.stream);
  lent.reset();
  CHECK(text_of(output) == "rstsecond");
  std::size_t count = 3;
  CHECK(output.drop(count).stream == nullptr);
  count = 6;
  CHECK(output.drop(count).stream == &two.stream);
  CHECK(output.empty());
}

TEST_CASE("an output that is never empty does not grow for ever", "[backend][http2]") {
  test::Owner owner;
  const std::string lent(10, 'l');
  Http2Output output;
  std::string expected;
  std::size_t most = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string own = std::to_string(i) + std::string(20, '.');
    output.append(own);
    output.lend(lent, owner.stream);
    expected += own + lent;
    if (expected.size() <= 100) continue;
    const std::size_t gone = expected.size() - 100;
    drop(output, gone);
    expected.erase(0, gone);
    REQUIRE(text_of(output) == expected);
    most = std::max(most, output.count());
  }
  CHECK(most < 10);
}

TEST_CASE("cleared, it has written everything", "[backend][http2]") {
  Http2Output output;
  output.append("abc");
  output.clear();
  CHECK(output.empty());
  CHECK(output.written() == 3);
  output.append("d");
  CHECK(text_of(output) == "d");
}

}  // namespace
}  // namespace cxxproxy::backend
