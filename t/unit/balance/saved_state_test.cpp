#include "balance/saved_state.hpp"

#include <string>
#include <vector>

#include "catch.hpp"

namespace cxxproxy::balance {
namespace {

std::vector<SavedLine> two_lines() {
  SavedLine balancer{"balancer", {}};
  balancer.set("key", "*|balancer://cluster");
  balancer.set("timeout", 3000000);
  SavedLine member{"member", {}};
  member.set("key", "*|balancer://cluster|unix:/run/a b.sock|http://a%20/\xe4\n");
  member.set("score", -250);
  member.set("route", "");
  return {balancer, member};
}

std::string why_not(std::string_view text) {
  std::string wrong;
  CHECK_FALSE(read_saved(text, wrong));
  return wrong;
}

TEST_CASE("what was saved is read again, whatever bytes are in it", "[balance]") {
  std::string wrong;
  const std::string text = write_saved(two_lines());
  const auto lines = read_saved(text, wrong);
  REQUIRE(lines);
  REQUIRE(lines->size() == 2);
  CHECK((*lines)[0].kind == "balancer");
  CHECK((*lines)[0].number("timeout") == 3000000);
  CHECK((*lines)[1].values == two_lines()[1].values);
  CHECK((*lines)[1].number("score") == -250);
  CHECK((*lines)[1].text("route").empty());
}

TEST_CASE("saved state is text of one line for each thing", "[balance]") {
  const std::string text = write_saved(two_lines());
  CHECK(text.starts_with("cxxproxy-state 1\nbalancer key=*|balancer://cluster timeout=3000000\nmember key="));
  CHECK(text.find("a%20b.sock") != std::string::npos);
}

TEST_CASE("nothing at all can be saved, too", "[balance]") {
  std::string wrong;
  const auto lines = read_saved(write_saved({}), wrong);
  REQUIRE(lines);
  CHECK(lines->empty());
}

TEST_CASE("a state that was cut anywhere is refused", "[balance]") {
  const std::string text = write_saved(two_lines());
  for (std::size_t size = 0; size < text.size(); ++size) {
    std::string wrong;
    CHECK_FALSE(read_saved(std::string_view(text).substr(0, size), wrong));
    CHECK_FALSE(wrong.empty());
  }
}

TEST_CASE("a state of which any byte was changed is refused", "[balance]") {
  const std::string text = write_saved(two_lines());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string edited = text;
    edited[at] = static_cast<char>(edited[at] ^ 1);
    std::string wrong;
    CHECK_FALSE(read_saved(edited, wrong));
  }
}

TEST_CASE("a refusal says which line is wrong, and how", "[balance]") {
  CHECK(why_not("") == "line 1: not a state of mod_cxxproxy, or of another version");
  CHECK(why_not("cxxproxy-state 2\nend 0 0\n") == "line 1: not a state of mod_cxxproxy, or of another version");
  CHECK(why_not("cxxproxy-state 1\nbalancer\n") == "line 2: not understood");
  CHECK(why_not("cxxproxy-state 1\nbalancer key\n") == "line 2: not understood");
  CHECK(why_not("cxxproxy-state 1\nbalancer key=%zz\n") == "line 2: not understood");
  CHECK(why_not("cxxproxy-state 1\nbalancer key=a key=b\n") == "line 2: not understood");
  CHECK(why_not("cxxproxy-state 1\nbalancer key=a\n") == "line 3: the end is missing");
  CHECK(why_not("cxxproxy-state 1\nbalancer key=a\nend 1 0\n") ==
        "line 3: the sum of the lines is wrong: it was cut or edited");
  CHECK(why_not(write_saved({}) + "x") == "line 2: something comes behind the end");
}

TEST_CASE("a number is all digits, and of a size that fits", "[balance]") {
  SavedLine line{"member", {}};
  for (const char* bad : {"", "x", "1x", " 1", "+1", "9223372036854775808", "1.5"}) {
    line.set("n", std::string_view(bad));
    CHECK_FALSE(line.number("n"));
  }
  CHECK_FALSE(line.number("missing"));
  line.set("n", std::string_view("-9223372036854775808"));
  CHECK(line.number("n") == INT64_MIN);
}

}  // namespace
}  // namespace cxxproxy::balance
