#include "balance/failover.hpp"

#include "catch.hpp"

#include <array>
#include <set>
#include <string_view>

using namespace cxxproxy::balance;

namespace {

constexpr MemberFlags fine = MemberFlag::Initialised;
constexpr MemberFlags ignoring = MemberFlag::Initialised | MemberFlag::IgnoreErrors;
constexpr Verdict answer(std::uint16_t status) { return {false, false, status}; }
constexpr Verdict mark_and_answer(std::uint16_t status) { return {true, false, status}; }
constexpr Verdict mark_and_retry(std::uint16_t status) { return {true, true, status}; }

constexpr Attempt first_of_three = {.member = fine, .retries_allowed = 2};

Verdict decided(Reason reason) { return decide(reason, first_of_three); }

}  // namespace

TEST_CASE("the reasons stand in the order of their enum, each with a word of its own", "[balance][failover]") {
  std::set<std::string_view> words;
  std::size_t at = 0;
  for (const ReasonRow& row : reason_table()) {
    CHECK(static_cast<std::size_t>(row.reason) == at++);
    CHECK(&row_of(row.reason) == &row);
    CHECK(words.insert(row.word).second);
    CHECK_FALSE(row.word.empty());
  }
}

TEST_CASE("a backend that cannot be reached is put in error and another one tried", "[balance][failover]") {
  CHECK(decided(Reason::ConnectFailed) == mark_and_retry(503));
  CHECK(decided(Reason::PoolExhausted) == mark_and_retry(503));
  CHECK(decided(Reason::MemberUnusable) == mark_and_retry(503));
  CHECK(decided(Reason::ProbeFailed) == mark_and_retry(503));
  CHECK(decided(Reason::BrokenUnsent) == mark_and_retry(503));
}

TEST_CASE("a failure that another member would share ends the request", "[balance][failover]") {
  CHECK(decided(Reason::DnsFailed) == mark_and_answer(500));
  CHECK(decided(Reason::TlsFailed) == mark_and_answer(500));
  CHECK(decided(Reason::Internal) == mark_and_answer(500));
}

TEST_CASE("an answer that is late, broken or unwelcome is not asked for again", "[balance][failover]") {
  CHECK(decided(Reason::Timeout) == answer(502));
  CHECK(decided(Reason::SendTimeout) == answer(504));
  CHECK(decided(Reason::ClosedEarly) == answer(502));
  CHECK(decided(Reason::BadAnswer) == answer(502));
  CHECK(decided(Reason::TruncatedAnswer) == answer(0));
}

TEST_CASE("the client's failures are not the member's", "[balance][failover]") {
  CHECK(decided(Reason::ClientGone) == answer(0));
  CHECK(decided(Reason::ClientTimeout) == answer(408));
  CHECK(decided(Reason::ClientBodyBad) == answer(400));
  CHECK(decided(Reason::NoUpgrade) == answer(426));
}

TEST_CASE("with nobody to send it to a request is refused", "[balance][failover]") {
  CHECK(decided(Reason::NoMember) == answer(503));
  CHECK(decided(Reason::RouteUnavailable) == answer(503));
}

TEST_CASE("a timeout puts the member in error only with failontimeout", "[balance][failover]") {
  CHECK(decide(Reason::Timeout, {.member = fine, .fail_on_timeout = true, .retries_allowed = 2}) ==
        mark_and_answer(502));
  CHECK(decide(Reason::SendTimeout, {.member = fine, .fail_on_timeout = true, .retries_allowed = 2}) == answer(504));
}

TEST_CASE("a listed status puts the member in error, and its answer stands", "[balance][failover]") {
  CHECK(decided(Reason::StatusListed) == mark_and_answer(0));
  const std::array<std::uint16_t, 2> listed = {500, 503};
  CHECK(status_listed(listed, 503));
  CHECK_FALSE(status_listed(listed, 502));
  CHECK_FALSE(status_listed(listed, 503 + 65536));
  CHECK_FALSE(status_listed({}, 503));
}

TEST_CASE("a member that ignores errors is never marked, and so no other is tried", "[balance][failover]") {
  // Recorded at httpd 2.4.71: a dead member with status=+I gives 503 each time it is picked.
  for (const ReasonRow& row : reason_table()) {
    const Attempt attempt = {.member = ignoring, .fail_on_timeout = true, .retries_allowed = 2};
    CHECK(decide(row.reason, attempt) == answer(row.status));
  }
}

TEST_CASE("a member that ignores errors but was disabled meanwhile lets another be tried", "[balance][failover]") {
  const Attempt attempt = {.member = ignoring | MemberFlag::Disabled, .retries_allowed = 1};
  CHECK(decide(Reason::ConnectFailed, attempt) == Verdict{false, true, 503});
  CHECK(decide(Reason::BadAnswer, attempt) == answer(502));
}

TEST_CASE("retries end at the number allowed", "[balance][failover]") {
  Attempt attempt = {.member = fine, .retries_allowed = 2};
  CHECK(decide(Reason::ConnectFailed, attempt) == mark_and_retry(503));
  attempt.retries_done = 1;
  CHECK(decide(Reason::ConnectFailed, attempt) == mark_and_retry(503));
  attempt.retries_done = 2;
  CHECK(decide(Reason::ConnectFailed, attempt) == mark_and_answer(503));
  CHECK(decide(Reason::ConnectFailed, {.member = fine, .retries_allowed = 0}) == mark_and_answer(503));
}

TEST_CASE("by default each other member gets one retry, and a lone member none", "[balance][failover]") {
  CHECK(retries_allowed({}, 0) == 0);
  CHECK(retries_allowed({}, 1) == 0);
  CHECK(retries_allowed({}, 2) == 1);
  CHECK(retries_allowed({}, 5) == 4);
}

TEST_CASE("maxattempts is the number of retries, whatever the members", "[balance][failover]") {
  CHECK(retries_allowed(0, 5) == 0);
  CHECK(retries_allowed(3, 1) == 3);
  CHECK(retries_allowed(1, 3) == 1);
}
