#include "routing/member_name.hpp"

#include "catch.hpp"

namespace cxxproxy::routing {
namespace {

TEST_CASE("scheme and host compare without case, the path with it", "[routing]") {
  CHECK(comparable_url("HTTP://Host.Example:80/Path/X") == "http://host.example:80/Path/X");
  CHECK(comparable_url("http://HOST") == "http://host");
  CHECK(comparable_url("balancer://Mine/A") == "balancer://mine/A");
  CHECK(comparable_url("http://[FE80::1]/A") == "http://[fe80::1]/A");
}

TEST_CASE("a URL without an authority stays as it is", "[routing]") {
  CHECK(comparable_url("/Path") == "/Path");
  CHECK(comparable_url("HTTP://") == "HTTP://");
  CHECK(comparable_url("") == "");
}

TEST_CASE("bytes beyond ASCII have no case", "[routing]") {
  CHECK(comparable_url("http://\xC3\x84/") == "http://\xC3\x84/");
}

TEST_CASE("the authority ends at the path", "[routing]") {
  CHECK(authority_length("http://host:80/path") == 14);
  CHECK(authority_length("http://host") == 11);
  CHECK(authority_length("http://host//x") == 11);
  CHECK(authority_length("http:/host/path") == 0);
  CHECK(authority_length("http://") == 0);
  CHECK(authority_length("") == 0);
}

TEST_CASE("a pattern without references is a prefix", "[routing]") {
  CHECK(matches_pattern("http://h/path/x", "http://h/path"));
  CHECK(matches_pattern("http://h/path", "http://h/path"));
  CHECK_FALSE(matches_pattern("http://h/pat", "http://h/path"));
  CHECK_FALSE(matches_pattern("http://h/Path", "http://h/path"));
  CHECK(matches_pattern("anything", ""));
}

TEST_CASE("a reference stands for any text, none too", "[routing]") {
  CHECK(matches_pattern("http://h/1/end", "http://h/$1/end"));
  CHECK(matches_pattern("http://h//end", "http://h/$1/end"));
  CHECK(matches_pattern("http://h/a/b/c/end", "http://h/$1/end"));
  CHECK(matches_pattern("http://h/a/endless", "http://h/$1/end"));
  CHECK_FALSE(matches_pattern("http://h/end", "http://h/$1/end"));
  CHECK(matches_pattern("http://h/", "http://h/$1"));
  CHECK_FALSE(matches_pattern("http://g/", "http://h/$1"));
  CHECK(matches_pattern("http://h.example:81/", "http://$1:8$2/"));
}

TEST_CASE("several references share the text between them", "[routing]") {
  CHECK(matches_pattern("http://h/abc", "http://h/$1$2"));
  CHECK(matches_pattern("http://h/a-b-c", "http://h/$1-$2-c"));
  CHECK(matches_pattern("http://h/a-x-b-c", "http://h/$1-b-$9"));
  CHECK(matches_pattern("aaab", "$1ab"));
  CHECK(matches_pattern("ababac", "$1abac"));
  CHECK_FALSE(matches_pattern("http://h/a-b", "http://h/$1-$2-c"));
}

TEST_CASE("a dollar without a digit is a dollar", "[routing]") {
  CHECK(matches_pattern("a$b", "a$b"));
  CHECK(matches_pattern("a$", "a$"));
  CHECK_FALSE(matches_pattern("axb", "a$b"));
}

TEST_CASE("a backslash takes the next character at its word", "[routing]") {
  CHECK(matches_pattern("a$1b", "a\\$1b"));
  CHECK_FALSE(matches_pattern("axb", "a\\$1b"));
  CHECK(matches_pattern("a\\b", "a\\\\b"));
  CHECK(matches_pattern("a.b", "a\\.b"));
  CHECK(matches_pattern("x/a$y", "$1\\$y"));
}

TEST_CASE("a backslash with nothing behind it matches nothing", "[routing]") {
  CHECK_FALSE(matches_pattern("a\\", "a\\"));
  CHECK_FALSE(matches_pattern("a", "$1\\"));
}

TEST_CASE("a hostile URL costs no more than a long one", "[routing]") {
  const std::string url(20000, 'a');
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "$1a";
  CHECK_FALSE(matches_pattern(url, pattern + "b"));
}

}  // namespace
}  // namespace cxxproxy::routing

TEST_CASE("a target that ends with its authority gets the slash it lacks", "[routing]") {
  using cxxproxy::routing::join_target;
  CHECK(join_target("http://b", "/x") == "http://b/x");
  CHECK(join_target("http://b", "x") == "http://b/x");
  CHECK(join_target("http://b:80", "@evil/x") == "http://b:80/@evil/x");
  CHECK(join_target("http://b", ":1/x") == "http://b/:1/x");
  CHECK(join_target("http://b", "?q") == "http://b?q");
  CHECK(join_target("http://b", "") == "http://b");
  CHECK(join_target("http://b/x", "y") == "http://b/xy");
  CHECK(join_target("balancer://b", "y") == "balancer://b/y");
  CHECK(join_target("http://b/", "y") == "http://b/y");
  CHECK(join_target("", "y") == "/y");
  CHECK(join_target("y", "z") == "yz");
}

TEST_CASE("what a reference brings does not become the host or a user's name", "[routing]") {
  using cxxproxy::routing::checked_expansion;
  CHECK(checked_expansion("http://b:80$1", "http://b:80/x") == "http://b:80/x");
  CHECK(checked_expansion("http://b:80$1", "http://b:80.evil/x") == "http://b:80/.evil/x");
  CHECK(checked_expansion("http://b:80$1", "http://b:80@evil/x") == std::nullopt);
  CHECK(checked_expansion("http://b$1", "http://b@evil/x") == std::nullopt);
  CHECK(checked_expansion("http://node$1/", "http://node7/") == "http://node7/");
  CHECK(checked_expansion("http://$1.example/", "http://a.example/") == "http://a.example/");
  CHECK(checked_expansion("http://[::1]$1", "http://[::1]/x") == "http://[::1]/x");
  CHECK(checked_expansion("http://b/$1", "http://b/@x") == "http://b/@x");
}
