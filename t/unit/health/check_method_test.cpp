#include "health/check_method.hpp"

#include "catch.hpp"

#include <string>

using namespace cxxproxy::health;

TEST_CASE("each way to check has its name, in any case", "[health]") {
  for (const auto& [method, name] : check_method_names) {
    CHECK(name_of(method) == name);
    CHECK(check_method_of(name) == method);
    std::string lower;
    for (const char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    CHECK(check_method_of(lower) == method);
  }
  CHECK(check_method_of("Get11") == CheckMethod::Get11);
  CHECK(name_of(CheckMethod::Options11) == "OPTIONS11");
  CHECK(name_of(CheckMethod::Grpc) == "GRPC");
}

TEST_CASE("other words are no way to check", "[health]") {
  const std::string word = GENERATE("", "G", "GE", "GET1", "GET10", "GET111", " GET", "GET ", "POST", "CPING", "H2",
                                    "0", "g\xc3\xa9t", "GET,HEAD");
  CHECK_FALSE(check_method_of(word));
}
