#include "backend/http2/buffer.hpp"

#include <string>

#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

std::string text(std::size_t size, std::size_t from = 0) {
  std::string all;
  for (std::size_t i = 0; i < size; ++i) all.push_back(static_cast<char>('a' + (from + i) % 23));
  return all;
}

std::string take(Http2Buffer& buffer, Http2Blocks& blocks, std::size_t most) {
  std::string taken;
  while (taken.size() < most && !buffer.empty()) {
    const std::string_view front = buffer.front().substr(0, most - taken.size());
    taken.append(front);
    buffer.drop(front.size(), blocks);
  }
  return taken;
}

TEST_CASE("what is kept of a body comes out as it went in", "[backend][http2]") {
  for (const std::size_t in : {1, 100, 16367, 16368, 16369, 50000}) {
    for (const std::size_t out : {1, 1000, 16384, 70000}) {
      Http2Blocks blocks;
      Http2Buffer buffer;
      std::size_t put = 0;
      std::size_t got = 0;
      while (got < 100000) {
        if (put < 100000) {
          buffer.append(text(in, put), blocks);
          put += in;
        }
        const std::string part = take(buffer, blocks, out);
        REQUIRE(part == text(part.size(), got));
        got += part.size();
        REQUIRE(buffer.size() == put - got);
        if (in > out && put >= 100000 && out == 1) break;  // far behind: enough seen
      }
      buffer.clear(blocks);
      CHECK(buffer.empty());
      CHECK(buffer.front().empty());
    }
  }
}

TEST_CASE("nothing is appended and dropped", "[backend][http2]") {
  Http2Blocks blocks;
  Http2Buffer buffer;
  buffer.append("", blocks);
  CHECK(buffer.empty());
  buffer.drop(0, blocks);
  buffer.append("abc", blocks);
  buffer.drop(3, blocks);
  CHECK(buffer.front().empty());
  buffer.append("d", blocks);
  CHECK(buffer.front() == "d");
  buffer.clear(blocks);
}

}  // namespace
}  // namespace cxxproxy::backend
