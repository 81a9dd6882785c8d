#include "catch.hpp"

#include <cstdlib>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "balance/registry.hpp"
#include "cxxproxy/policy.hpp"

using namespace cxxproxy;

namespace {

// Members with fresh scores; the views keep their addresses.
struct Members {
  explicit Members(const std::vector<std::uint32_t>& weights) : scores(weights.size()) {
    for (std::size_t at = 0; at < weights.size(); ++at) {
      views.push_back({static_cast<MemberId>(at), weights[at], 0, 0, 0, &scores[at]});
    }
  }
  std::int64_t sum() const {
    return std::accumulate(scores.begin(), scores.end(), std::int64_t{0},
                           [](std::int64_t so_far, const auto& score) { return so_far + score.load(); });
  }
  std::int64_t weight() const {
    return std::accumulate(views.begin(), views.end(), std::int64_t{0},
                           [](std::int64_t so_far, const MemberView& view) { return so_far + view.weight; });
  }

  std::vector<std::atomic<std::int64_t>> scores;
  std::vector<MemberView> views;
};

Policy& byrequests() { return *balance::find_builtin_policy("byrequests")->instance(); }

std::string picks(Members& members, int count) {
  std::string picked;
  for (int n = 0; n < count; ++n) picked += static_cast<char>('0' + byrequests().pick(members.views, {}).value());
  return picked;
}

// Each thread picks as often; returns what each member got.
std::vector<std::int64_t> pick_from_threads(Members& members, int threads, int picks_each) {
  std::vector<std::atomic<std::int64_t>> got(members.views.size());
  std::vector<std::thread> crew;
  for (int n = 0; n < threads; ++n) {
    crew.emplace_back([&] {
      for (int done = 0; done < picks_each; ++done) ++got[byrequests().pick(members.views, {}).value()];
    });
  }
  for (std::thread& thread : crew) thread.join();
  return {got.begin(), got.end()};
}

}  // namespace

TEST_CASE("byrequests picks in the order of the stock module", "[balance][byrequests]") {
  struct Recorded {
    std::vector<std::uint32_t> weights;
    const char* picks;
  };
  // 36 requests each at httpd 2.4.71 with mod_lbmethod_byrequests, one child, one request at a time.
  const std::vector<Recorded> recorded = {
      {{100, 200, 300}, "210212210212210212210212210212210212"},
      {{100, 100}, "010101010101010101010101010101010101"},
      {{100, 100, 100}, "012012012012012012012012012012012012"},
      {{500, 100, 100}, "001020000102000010200001020000102000"},
      {{150, 225}, "101011010110101101011010110101101011"},
      {{100, 100, 100, 200}, "301233012330123301233012330123301233"},
  };
  for (const Recorded& expected : recorded) {
    Members members(expected.weights);
    CHECK(picks(members, 36) == expected.picks);
    CHECK(members.sum() == 0);
  }
}

TEST_CASE("byrequests leaves the scores that the stock module leaves", "[balance][byrequests]") {
  Members members({500, 100, 100});
  picks(members, 36);
  CHECK(members.scores[0] == -200);
  CHECK(members.scores[1] == 100);
  CHECK(members.scores[2] == 100);
}

TEST_CASE("byrequests has nobody to pick from no candidates", "[balance][byrequests]") {
  CHECK_FALSE(byrequests().pick({}, {}).has_value());
}

TEST_CASE("byrequests always picks a lone candidate and leaves its score alone", "[balance][byrequests]") {
  Members members({250});
  members.scores[0] = 17;
  CHECK(picks(members, 3) == "000");
  CHECK(members.scores[0] == 17);
}

TEST_CASE("byrequests answers with the id of the member, not its place among the candidates", "[balance][byrequests]") {
  Members members({100, 100, 100});
  const std::vector<MemberView> last = {members.views[2]};
  CHECK(byrequests().pick(last, {}) == MemberId{2});
}

TEST_CASE("byrequests shares evenly among the others while a member is away", "[balance][byrequests]") {
  Members members({100, 100, 100, 100});
  const std::vector<MemberView> without_b = {members.views[0], members.views[2], members.views[3]};
  std::string picked;
  for (int n = 0; n < 6; ++n) picked += static_cast<char>('0' + byrequests().pick(without_b, {}).value());
  CHECK(picked == "023023");
  CHECK(members.scores[1] == 0);
}

TEST_CASE("byrequests counts a session's request against its member", "[balance][byrequests]") {
  // Recorded like the above: weights 1, 2 and 3, two requests by route to the first, then seven free ones. The third
  // member is in a later set: it is charged for, but not picked.
  Members members({100, 200, 300});
  byrequests().charge(members.views, 0);
  byrequests().charge(members.views, 0);
  CHECK(members.scores[0] == -1000);
  CHECK(members.scores[1] == 400);
  CHECK(members.scores[2] == 600);

  const std::vector<MemberView> first_set = {members.views[0], members.views[1]};
  for (int n = 0; n < 7; ++n) CHECK(byrequests().pick(first_set, {}) == MemberId{1});
  CHECK(members.scores[0] == -300);
  CHECK(members.scores[1] == -300);
  CHECK(members.scores[2] == 600);
}

TEST_CASE("byrequests begins anew with scores only", "[balance][byrequests]") {
  CHECK(byrequests().reset().score);
  CHECK_FALSE(byrequests().reset().traffic);
}

TEST_CASE("byrequests keeps sum and shares when eight threads pick at once", "[balance][byrequests][threads]") {
  for (const std::vector<std::uint32_t>& weights :
       {std::vector<std::uint32_t>{100, 200, 300}, {100, 100, 100, 100}, {500, 100, 100}, {150, 225}}) {
    Members members(weights);
    const std::int64_t all = 8 * 6000;
    const std::vector<std::int64_t> got = pick_from_threads(members, 8, 6000);
    CHECK(members.sum() == 0);

    // A round is the shortest run of picks that serves everyone exactly: 6 for weights 1, 2 and 3.
    std::int64_t divisor = 0;
    for (const std::uint32_t weight : weights) divisor = std::gcd(divisor, std::int64_t{weight});
    const std::int64_t round = members.weight() / divisor;
    for (std::size_t at = 0; at < weights.size(); ++at) {
      const std::int64_t fair = all * weights[at];
      CHECK(std::abs(got[at] * members.weight() - fair) <= round * members.weight());
    }
  }
}

TEST_CASE("byrequests wants nothing counted", "[balance][byrequests]") { CHECK_FALSE(byrequests().wants().anything()); }
