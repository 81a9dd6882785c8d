#include "backend/tls/names.hpp"

#include "backend/resolve.hpp"

#include "backend/tls/certificates.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {

using namespace test;

TEST_CASE("a name in a certificate stands for hosts as the rules say", "[tls]") {
  struct Row {
    const char* name;
    const char* host;
    bool stands;
  };
  constexpr Row rows[] = {{"a.test", "a.test", true},      {"A.Test", "a.tesT", true},
                          {"a.test", "b.test", false},     {"a.test", "a.test.evil", false},
                          {"*.test", "a.test", true},      {"*.TEST", "a.test", true},
                          {"*.test", "a.b.test", false},   {"*.test", "test", false},
                          {"*.test", ".test", false},      {"*", "test", false},
                          {"*a.test", "ba.test", false},   {"a*.test", "ab.test", false},
                          {"a.*.test", "a.b.test", false}, {"", "a.test", false}};
  for (const Row& row : rows) {
    INFO(row.name << " for " << row.host);
    CHECK(name_stands_for(row.name, row.host) == row.stands);
  }
  CHECK_FALSE(name_stands_for(std::string_view("a.test\0.evil", 12), "a.test"));
}

TEST_CASE("a certificate is for its alternative names, its addresses and its common name", "[tls]") {
  const Identity identity =
      make_identity({.common_name = "common.test", .alternative_names = "DNS:a.test,DNS:*.b.test,IP:10.0.0.1,IP:::1"});
  X509* certificate = identity.certificate.get();
  for (const char* host : {"a.test", "x.b.test", "10.0.0.1", "::1", "0:0::1", "common.test"}) {
    INFO(host);
    CHECK(certificate_is_for(certificate, host));
  }
  for (const char* host : {"b.test", "10.0.0.2", "::2", "x.common.test"}) {
    INFO(host);
    CHECK_FALSE(certificate_is_for(certificate, host));
  }
  CHECK(names_of(certificate) == "a.test, *.b.test, 10.0.0.1, ::1, common.test");
}

TEST_CASE("a wildcard stands for no address", "[tls]") {
  const Identity identity = make_identity({.common_name = "*.0.0.1", .alternative_names = "DNS:*.0.0.1"});
  CHECK_FALSE(certificate_is_for(identity.certificate.get(), "10.0.0.1"));
}

TEST_CASE("an address as a common name counts", "[tls]") {
  const Identity identity = make_identity({.common_name = "10.0.0.1"});
  CHECK(certificate_is_for(identity.certificate.get(), "10.0.0.1"));
  CHECK(common_name_is_for(identity.certificate.get(), "10.0.0.1"));
  CHECK_FALSE(common_name_is_for(identity.certificate.get(), "10.0.0.2"));
}

TEST_CASE("what a certificate calls itself goes to the log without control characters", "[tls]") {
  CHECK(names_of(make_identity({.common_name = "a\nb"}).certificate.get()) == "a?b");
  std::string names = "DNS:0.test";
  for (int i = 1; i < 500; ++i) names += ",DNS:" + std::to_string(i) + ".test";
  const Identity of_many = make_identity({.common_name = "last.test", .alternative_names = names});
  CHECK(names_of(of_many.certificate.get()) ==
        "0.test, 1.test, 2.test, 3.test, 4.test, 5.test, 6.test, 7.test and 493 more");
}

TEST_CASE("the log names no more of a certificate's names than fit into a line", "[tls]") {
  std::string many;
  for (int i = 0; i < 2000; ++i) many += (i > 0 ? ",DNS:name" : "DNS:name") + std::to_string(i) + ".test";
  const Identity identity = make_identity({.common_name = "common.test", .alternative_names = many});
  const std::string names = names_of(identity.certificate.get());
  CHECK(names.starts_with("name0.test, name1.test, "));
  CHECK(names.ends_with(" more"));
  CHECK(names.size() < 800);
  CHECK(certificate_is_for(identity.certificate.get(), "name1999.test"));
  const Identity longer = make_identity({.alternative_names = "DNS:" + std::string(60000, 'x')});
  CHECK(names_of(longer.certificate.get()).size() < 300);
}

TEST_CASE("addresses are told from names", "[tls]") {
  for (const char* address : {"127.0.0.1", "::1", "fe80::1"}) CHECK(is_address(address));
  for (const char* name : {"localhost", "127.0.0", "1.2.3.4.test", ""}) CHECK_FALSE(is_address(name));
}

}  // namespace cxxproxy::backend
