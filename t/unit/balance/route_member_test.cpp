#include "balance/route_member.hpp"

#include "catch.hpp"

#include <string>
#include <vector>

using namespace cxxproxy;
using namespace cxxproxy::balance;

namespace {

// A member as the configuration writes it.
struct Configured {
  const char* route;
  const char* status = "";
  const char* redirect = "";
};

std::vector<RoutedMember> routed(std::initializer_list<Configured> members) {
  std::vector<RoutedMember> made;
  for (const Configured& member : members) {
    made.push_back({parse_status(member.status, MemberFlag::Initialised).value(), member.route, member.redirect});
  }
  return made;
}

constexpr int nobody = -1;

int find(const std::vector<RoutedMember>& members, std::string_view route) {
  const auto still = [&](MemberId id) { return members[id].flags; };
  const std::optional<MemberId> found = find_by_route(members, route, still);
  return found ? *found : nobody;
}
int find(std::initializer_list<Configured> members, std::string_view route) { return find(routed(members), route); }

}  // namespace

TEST_CASE("a session goes to the member of its route, matched exactly", "[balance][route]") {
  CHECK(find({{"a"}, {"b"}}, "b") == 1);
  CHECK(find({{"a"}, {"b"}}, "B") == nobody);
  CHECK(find({{"a"}, {"b"}}, "b1") == nobody);
  CHECK(find({{"ab"}, {"b"}}, "a") == nobody);
  CHECK(find({{"a"}, {"a"}}, "a") == 0);
}

TEST_CASE("an empty route is nobody's, not even a member's without one", "[balance][route]") {
  CHECK(find({{""}, {"b"}}, "") == nobody);
  CHECK_FALSE(route_is_known(routed({{""}, {"b"}}), ""));
}

TEST_CASE("draining members and spares keep their sessions", "[balance][route]") {
  CHECK(find({{"a", "N"}, {"b"}}, "a") == 0);
  CHECK(find({{"a", "R"}, {"b"}}, "a") == 0);
}

TEST_CASE("a standby keeps its sessions, after members of the same route", "[balance][route]") {
  CHECK(find({{"a", "H"}, {"b"}}, "a") == 0);
  CHECK(find({{"a", "H"}, {"a"}}, "a") == 1);
  CHECK(find({{"a", "H"}, {"a", "D"}}, "a") == 0);
}

TEST_CASE("an unusable member passes its sessions on to another of its route", "[balance][route]") {
  CHECK(find({{"a", "D"}, {"b"}, {"a"}}, "a") == 2);
  CHECK(find({{"a", "D"}, {"b"}}, "a") == nobody);
}

TEST_CASE("a rested member gets its sessions again", "[balance][route]") {
  const auto members = routed({{"a", "E", "b"}, {"b"}});
  const auto revived = [&](MemberId id) { return members[id].flags.without(MemberFlag::Error); };
  CHECK(find_by_route(members, "a", revived) == MemberId{0});
  CHECK(find(members, "a") == 1);
}

TEST_CASE("an unusable member's redirect is followed before the next member of its route", "[balance][route]") {
  CHECK(find({{"a", "D", "b"}, {"b"}, {"c"}}, "a") == 1);
  CHECK(find({{"a", "D", "c"}, {"a"}, {"c"}}, "a") == 2);
  CHECK(find({{"a", "D", "b"}, {"b", "N"}, {"c"}}, "a") == 1);
  CHECK(find({{"a", "D", "b"}, {"b", "H"}}, "a") == 1);
  CHECK(find({{"a", "D", "none"}, {"a"}}, "a") == 1);
}

TEST_CASE("a usable member's redirect means nothing", "[balance][route]") {
  CHECK(find({{"a", "", "b"}, {"b"}}, "a") == 0);
}

TEST_CASE("a chain of redirects is followed to its end", "[balance][route]") {
  CHECK(find({{"a", "D", "b"}, {"b", "D", "c"}, {"c", "D", "d"}, {"d"}}, "a") == 3);
}

TEST_CASE("a circle of redirects ends with nobody", "[balance][route]") {
  CHECK(find({{"a", "D", "b"}, {"b", "D", "a"}, {"c"}}, "a") == nobody);
  CHECK(find({{"a", "D", "a"}}, "a") == nobody);
  CHECK(find({{"a", "D", "a"}, {"b"}}, "a") == nobody);
}

TEST_CASE("members that share a route and point back at it do not multiply the work", "[balance][route]") {
  std::vector<RoutedMember> members(200, {MemberFlag::Disabled, "a", "a"});
  int looks = 0;
  const auto count = [&](MemberId id) {
    ++looks;
    return members[id].flags;
  };
  CHECK_FALSE(find_by_route(members, "a", count).has_value());
  CHECK(looks <= 200 * 200);
}

TEST_CASE("a chain longer than allowed ends with nobody", "[balance][route]") {
  const auto chain = [](std::size_t redirects) {
    std::vector<std::string> names;
    for (std::size_t n = 0; n <= redirects; ++n) names.push_back("r" + std::to_string(n));
    std::vector<RoutedMember> members;
    for (std::size_t n = 0; n < redirects; ++n) members.push_back({MemberFlag::Disabled, names[n], names[n + 1]});
    members.push_back({MemberFlag::Initialised, names[redirects], ""});
    return find(members, "r0");
  };
  CHECK(chain(longest_redirect_chain) == int{longest_redirect_chain});
  CHECK(chain(longest_redirect_chain + 1) == nobody);
}

TEST_CASE("a route is known if any member carries it, usable or not", "[balance][route]") {
  const auto members = routed({{"a", "D"}, {"b"}, {"", ""}});
  CHECK(route_is_known(members, "a"));
  CHECK(route_is_known(members, "b"));
  CHECK_FALSE(route_is_known(members, "c"));
  CHECK_FALSE(route_is_known({}, "a"));
}
