#include "balance/status.hpp"

#include "catch.hpp"

#include <string>

using namespace cxxproxy::balance;

namespace {

constexpr MemberFlags fresh = MemberFlag::Initialised;

std::string text(MemberFlags flags) { return std::string(StatusText(flags).view()); }

// What the manager shows of a fresh member configured with `status=`, or "refused".
std::string configured(std::string_view status) {
  const auto flags = parse_status(status, fresh);
  return flags ? text(*flags) : "refused";
}

}  // namespace

TEST_CASE("the bits of the flags are those of the stock modules", "[balance][status]") {
  std::uint32_t bit = 1;
  for (const char letter : std::string_view("OINGUDSEHFCR")) {
    CHECK(MemberFlags(flag_of(letter).value()).bits() == bit);
    bit <<= 1;
  }
}

TEST_CASE("letters and flags name each other, in either case", "[balance][status]") {
  for (const FlagName& row : flag_names) {
    CHECK(letter_of(row.flag) == row.letter);
    CHECK(flag_of(row.letter) == row.flag);
    CHECK(flag_of(static_cast<char>(row.letter - 'A' + 'a')) == row.flag);
  }
  for (const char other : {'A', 'x', '+', '-', ' ', '\0', '1', '\xc9', '@', '[', '`', '{'}) {
    CHECK_FALSE(flag_of(other).has_value());
  }
}

TEST_CASE("status= adds and takes flags, a sign staying in force", "[balance][status]") {
  CHECK(configured("") == "Init Ok ");
  CHECK(configured("+H") == "Init Stby Ok ");
  CHECK(configured("H") == "Init Stby Ok ");
  CHECK(configured("DH") == "Init Dis Stby ");
  CHECK(configured("dh") == "Init Dis Stby ");
  CHECK(configured("+e") == "Init Err ");
  CHECK(configured("+OIGUFC") == "Init Ign Gen Shut Free HcFl ");
  CHECK(parse_status("-E+D", fresh | MemberFlag::Error) == (fresh | MemberFlag::Disabled));
  CHECK(parse_status("-ED", fresh | MemberFlag::Error | MemberFlag::Disabled) == fresh);
  CHECK(parse_status("-H+H", fresh) == (fresh | MemberFlag::Standby));
  CHECK(parse_status("-O", fresh) == MemberFlags());
}

TEST_CASE("status= with an unknown letter or a sign before no letter is refused", "[balance][status]") {
  for (const char* wrong : {"+", "-", "D+", "+H-", "++H", "+-D", "X", "+H D", "H,D", "H\n"}) {
    CHECK(configured(wrong) == "refused");
  }
}

TEST_CASE("a member is usable if initialised and nothing stands against it", "[balance][status]") {
  CHECK_FALSE(usable(MemberFlags()));
  CHECK(usable(fresh));
  for (const FlagName& row : flag_names) {
    const bool blocks = std::string_view("UDSEC").find(row.letter) != std::string_view::npos;
    CHECK(usable(fresh | row.flag) == !blocks);
    CHECK_FALSE(usable(MemberFlags(row.flag).without(MemberFlag::Initialised)));
  }
}

TEST_CASE("a member is out of use when an operator says so, not when it has failed", "[balance][status]") {
  for (const FlagName& row : flag_names) {
    const bool said = std::string_view("NDS").find(row.letter) != std::string_view::npos;
    CHECK((fresh | row.flag).has_any(out_of_use_flags) == said);
  }
}

TEST_CASE("the text of a status names flags in their fixed order", "[balance][status]") {
  CHECK(text(MemberFlags()) == "??? ");
  CHECK(text(fresh) == "Init Ok ");
  CHECK(text(fresh | MemberFlag::Spare | MemberFlag::Error | MemberFlag::Stopped) == "Init Stop Err Spar ");
  CHECK(text(MemberFlag::Disabled) == "Dis ");
  CHECK(text(fresh | MemberFlag::IgnoreErrors | MemberFlag::Drain | MemberFlag::Standby | MemberFlag::Spare) ==
        "Init Ign Drn Stby Spar Ok ");
  CHECK(text(MemberFlags(0xffffffff)) == "Init Ign Drn Gen Shut Dis Stop Err Stby Spar Free HcFl ");
  CHECK(text(MemberFlags(0xf000)) == "??? ");
}

static_assert(usable(MemberFlag::Initialised), "usable() serves in constant expressions");
static_assert(!usable(MemberFlag::Initialised | MemberFlag::HealthFailed));
