#include "backend/result.hpp"

#include <netdb.h>

#include <cerrno>
#include <memory>

#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

TEST_CASE("a result is a value or an error", "[backend]") {
  const Result<int> good = 7;
  const Result<int> bad = Error{Fault::Connect, ECONNREFUSED};
  REQUIRE(good.ok());
  CHECK(*good == 7);
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error() == Error{Fault::Connect, ECONNREFUSED});
}

TEST_CASE("what only moves can be moved out of a result", "[backend]") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> value = *std::move(result);
  CHECK(*value == 7);
}

TEST_CASE("an error says what happened and why", "[backend]") {
  CHECK(Error{Fault::Connect, ECONNREFUSED}.text() == "connect failed: Connection refused");
  CHECK(Error{Fault::Lookup, EAI_NONAME}.text() == std::string("name lookup failed: ") + ::gai_strerror(EAI_NONAME));
  CHECK(Error{Fault::PoolExhausted}.text() == "no free connection slot in time");
}

}  // namespace
}  // namespace cxxproxy::backend
