#include "balance/heartbeat.hpp"

#include "catch.hpp"

#include <string>
#include <vector>

using namespace cxxproxy;
using balance::Heartbeat;
using balance::HeartbeatReports;

namespace {

std::atomic<std::int64_t> score;

// Members of these hosts; whom each number of the dice from 0 to `sum` picks, `-` for nobody.
std::string picks(const std::vector<const char*>& hosts, const char* text, std::uint64_t sum) {
  std::vector<MemberView> views;
  for (const char* host : hosts) views.push_back({static_cast<MemberId>(views.size()), 100, 0, 0, 0, &score, host});
  const HeartbeatReports reports(text);
  std::string picked;
  for (std::uint64_t dice = 0; dice <= sum; ++dice) {
    const std::optional<MemberId> id = balance::pick_by_heartbeat(views, reports, dice);
    picked += id ? static_cast<char>('0' + *id) : '-';
  }
  return picked;
}

}  // namespace

TEST_CASE("heartbeat picks by free places, the later member where ranges touch", "[balance][heartbeat]") {
  CHECK(picks({"a", "b"}, "a busy=1&ready=2\nb busy=1&ready=3\n", 5) == "001111");
  CHECK(picks({"b", "a"}, "a busy=1&ready=2\nb busy=1&ready=3\n", 5) == "000111");
  CHECK(picks({"a", "b"}, "a busy=1&ready=1\nb busy=1&ready=1\n", 2) == "011");
  // The dice show more than that: it begins again.
  CHECK(picks({"a", "b"}, "a busy=1&ready=2\nb busy=1&ready=3\n", 8) == "001111001");
}

TEST_CASE("a server without a free place gets nothing but a number that touches", "[balance][heartbeat]") {
  CHECK(picks({"a", "b"}, "a busy=1&ready=0\nb busy=1&ready=3\n", 3) == "1111");
  CHECK(picks({"a", "b"}, "a busy=1&ready=3\nb busy=1&ready=0\n", 3) == "0001");
  CHECK(picks({"a", "b"}, "a busy=1&ready=0\nb busy=1&ready=0\n", 0) == "-");
  CHECK(picks({"a", "b"}, "a busy=1&ready=-7\nb busy=1&ready=2\n", 2) == "111");
}

TEST_CASE("an idle server is believed a quarter of its places", "[balance][heartbeat]") {
  CHECK(Heartbeat{.busy = 0, .ready = 9, .age_s = 0}.places() == 2);
  CHECK(Heartbeat{.busy = 1, .ready = 9, .age_s = 0}.places() == 9);
  CHECK(picks({"a", "b"}, "a busy=0&ready=8\nb busy=1&ready=2\n", 4) == "00111");
  CHECK(picks({"a", "b"}, "a ready=3\nb busy=1&ready=2\n", 2) == "111");
}

TEST_CASE("a report of ten seconds ago is none", "[balance][heartbeat]") {
  CHECK(picks({"a", "b"}, "a busy=1&ready=2&lastseen=9\nb busy=1&ready=2&lastseen=10\n", 2) == "000");
  CHECK(picks({"a"}, "a busy=1&ready=2&lastseen=10\n", 2) == "---");
  CHECK(picks({"a"}, "a busy=1&ready=2&lastseen=-5\n", 2) == "000");
}

TEST_CASE("a member without a report gets nothing", "[balance][heartbeat]") {
  CHECK(picks({"x", "a", "y"}, "a busy=1&ready=1\nb busy=1&ready=5\n", 1) == "11");
  CHECK(picks({"x"}, "", 0) == "-");
  CHECK(picks({}, "a busy=1&ready=1\n", 0) == "-");
}

TEST_CASE("members of one host each have its places", "[balance][heartbeat]") {
  CHECK(picks({"a", "a"}, "a busy=1&ready=1\n", 2) == "011");
}

TEST_CASE("reports are read line by line", "[balance][heartbeat]") {
  const HeartbeatReports reports(
      "# a comment\n"
      "127.0.0.1 busy=1&ready=5&lastseen=2&port=80\n"
      "\n"
      "::1   lastseen=3&ready=6&busy=2\r\n"
      "  indented busy=1&ready=1\n"
      "tab\tbusy=1&ready=1\n"
      "twice busy=1&ready=1&lastseen=90\n"
      "twice busy=3&ready=4\n"
      "cut busy=1&rea");
  CHECK(reports.size() == 4);
  CHECK(reports.find("127.0.0.1")->ready == 5);
  CHECK(reports.find("127.0.0.1")->age_s == 2);
  CHECK(reports.find("::1")->busy == 2);
  CHECK(reports.find("::1")->places() == 6);
  CHECK(reports.find("twice")->age_s == 0);
  CHECK(reports.find("twice")->busy == 3);
  CHECK(reports.find("cut")->places() == 0);
  CHECK(reports.find("# a") == nullptr);
}

TEST_CASE("no text is too odd for reports", "[balance][heartbeat]") {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv, " "sv, "\n\n"sv, "a "sv, "a  \n"sv, " a\n"sv, "a =&=&&==\n"sv, "a busy\n"sv,
                                      "a busy=\n"sv, "\0 \0=\0&\xff"sv, "a ready=99999999999999999999999&busy=1\n"sv,
                                      "a ready=-9223372036854775808&busy=-1\n"sv, "a&b=c d=e f"sv}) {
    const HeartbeatReports reports(text);
    if (const Heartbeat* a = reports.find("a")) CHECK(a->places() <= 1'000'000);
  }
  const std::string wide = "a busy=1&" + std::string(100'000, 'x') + "&ready=5\n" + std::string(100'000, 'y') + "\n";
  CHECK(HeartbeatReports(wide).find("a")->places() == 5);
}

TEST_CASE("places without end do not overflow", "[balance][heartbeat]") {
  CHECK(picks({"a", "b"}, "a busy=1&ready=9000000000000000000\nb busy=1&ready=9000000000000000000\n", 1) == "00");
}
