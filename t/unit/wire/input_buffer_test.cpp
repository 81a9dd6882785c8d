#include "wire/input_buffer.hpp"

#include <algorithm>
#include <random>
#include <string>

#include "catch.hpp"
#include "exchange/allocations.hpp"

using namespace cxxproxy::wire;

namespace {

// The bytes of one turn, in memory that the next turn uses for something else.
class Scratch {
 public:
  std::string_view hold(std::string_view bytes) {
    bytes.copy(memory_.data(), bytes.size());
    return std::string_view(memory_).substr(0, bytes.size());
  }
  void turn_over(InputBuffer& input) {
    input.keep();
    std::fill(memory_.begin(), memory_.end(), '#');
  }

 private:
  std::string memory_ = std::string(4096, '#');
};

bool lies_in(std::string_view bytes, std::string_view where) {
  return bytes.data() >= where.data() && bytes.data() + bytes.size() <= where.data() + where.size();
}

}  // namespace

TEST_CASE("an input buffer is empty at first, and a turn without input leaves it so", "[wire]") {
  InputBuffer input;
  CHECK(input.empty());
  input.keep();
  input.lend("");
  input.append("");
  CHECK(input.size() == 0);
  CHECK(input.unread().empty());
}

TEST_CASE("lent bytes are read where they are", "[wire]") {
  Scratch scratch;
  InputBuffer input;
  const std::string_view lent = scratch.hold("GET / HTTP/1.1\r\n\r\n");
  input.lend(lent);
  CHECK(input.unread().data() == lent.data());
  CHECK(input.size() == lent.size());
  input.eat(6);
  CHECK(input.unread().data() == lent.data() + 6);
  CHECK(input.unread() == "HTTP/1.1\r\n\r\n");
}

TEST_CASE("what is lent and not eaten outlives the turn", "[wire]") {
  Scratch scratch;
  InputBuffer input;
  input.lend(scratch.hold("one two"));
  const std::size_t eaten = GENERATE(0U, 4U);
  input.eat(eaten);
  scratch.turn_over(input);
  CHECK(input.unread() == std::string_view("one two").substr(eaten));
  scratch.turn_over(input);
  CHECK(input.unread() == std::string_view("one two").substr(eaten));
}

TEST_CASE("what is eaten within the turn leaves nothing behind, not even where it was", "[wire]") {
  Scratch scratch;
  InputBuffer input;
  input.lend(scratch.hold("one"));
  input.eat(3);
  CHECK(input.empty());
  scratch.turn_over(input);
  CHECK(input.empty());
  CHECK(input.unread().data() == nullptr);
}

TEST_CASE("bytes are lent again once all is eaten, else they go behind what is unread", "[wire]") {
  Scratch scratch;
  InputBuffer input;
  input.append("kept");
  const std::string_view lent = scratch.hold(" and lent");
  SECTION("behind") {
    input.eat(2);
    input.lend(lent);
    CHECK(input.unread() == "pt and lent");
    CHECK_FALSE(lies_in(input.unread(), lent));
  }
  SECTION("instead") {
    input.eat(4);
    input.lend(lent);
    CHECK(input.unread().data() == lent.data());
  }
  const std::string expected(input.unread());
  scratch.turn_over(input);
  CHECK(input.unread() == expected);
}

TEST_CASE("bytes are appended to what is lent, eaten from or not", "[wire]") {
  Scratch scratch;
  InputBuffer input;
  const std::size_t eaten = GENERATE(0U, 4U, 7U);
  input.lend(scratch.hold("one two"));
  input.eat(eaten);
  input.append(" three");
  CHECK(input.unread() == std::string("one two").substr(eaten) + " three");
  scratch.turn_over(input);
  CHECK(input.unread() == std::string("one two").substr(eaten) + " three");
}

TEST_CASE("an input buffer that is fed and eaten from by turns stays as small as what is unread", "[wire]") {
  if (!cxxproxy::exchange::test::counts_allocations()) return;
  InputBuffer input;
  input.append(std::string(3000, 'x'));
  const std::size_t before = cxxproxy::exchange::test::allocations();
  for (int round = 0; round < 1000; ++round) {
    input.eat(16);
    input.append("0123456789abcdef");
    input.keep();
  }
  CHECK(input.size() == 3000);
  CHECK(cxxproxy::exchange::test::allocations() - before <= 1);
}

// A string that is assigned {} keeps its memory.
TEST_CASE("memory goes back once all is eaten", "[wire]") {
  if (!cxxproxy::exchange::test::counts_allocations()) return;
  const std::string much(30000, 'x');
  InputBuffer input;
  input.append(much);
  input.eat(much.size());
  input.keep();
  const std::size_t before = cxxproxy::exchange::test::allocations();
  input.append(much);
  CHECK(cxxproxy::exchange::test::allocations() - before == 1);
}

TEST_CASE("an input buffer gives what it was given, in order, whatever the turns", "[wire]") {
  std::minstd_rand dice(20221);
  const auto up_to = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(dice); };
  Scratch scratch;
  InputBuffer input;
  std::string expected;
  unsigned char next = 0;
  for (int step = 0; step < 20000; ++step) {
    std::string bytes(up_to(40), '\0');
    for (char& byte : bytes) byte = static_cast<char>(next++);
    switch (up_to(3)) {
      case 0:
        scratch.turn_over(input);
        input.lend(scratch.hold(bytes));
        expected += bytes;
        break;
      case 1:
        input.append(bytes);
        expected += bytes;
        break;
      case 2:
        bytes.resize(expected.size());
        input.eat(bytes.size() - up_to(bytes.size()) / 2);
        expected.erase(0, expected.size() - input.size());
        break;
      default:
        scratch.turn_over(input);
    }
    if (input.unread() != expected) FAIL("step " << step);
    CHECK(input.empty() == expected.empty());
  }
}
