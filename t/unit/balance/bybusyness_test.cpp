#include "catch.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "balance/registry.hpp"
#include "cxxproxy/policy.hpp"

using namespace cxxproxy;

namespace {

Policy& bybusyness() { return *balance::find_builtin_policy("bybusyness")->instance(); }

// A balancer's members as the caller of an exact policy keeps them.
class Members {
 public:
  explicit Members(const std::vector<std::uint32_t>& weights)
      : scores(weights.size()), requests(weights.size()), weights_(weights) {}

  std::vector<MemberView> views() const {
    std::vector<MemberView> views;
    for (std::size_t at = 0; at < weights_.size(); ++at) {
      views.push_back({static_cast<MemberId>(at), weights_[at], requests[at].load(), 0, 0, &scores[at]});
    }
    return views;
  }

  // Asks again until the member picked has no more than it had: see Policy::Wants::exact.
  MemberId place() {
    for (;;) {
      const std::vector<MemberView> seen = views();
      const MemberId id = bybusyness().pick(seen, {}).value();
      std::uint32_t count = seen[id].inflight;
      if (!requests[id].compare_exchange_strong(count, count + 1)) continue;
      bybusyness().charge(seen, id);
      return id;
    }
  }
  std::string place(int count) {
    std::string placed;
    for (int n = 0; n < count; ++n) placed += static_cast<char>('0' + place());
    return placed;
  }
  std::string place_and_end(int count) {
    std::string placed;
    for (int n = 0; n < count; ++n) {
      const MemberId id = place();
      placed += static_cast<char>('0' + id);
      --requests[id];
    }
    return placed;
  }

  std::uint32_t spread() const {
    const auto [least, most] = std::minmax_element(requests.begin(), requests.end());
    return most->load() - least->load();
  }
  std::int64_t sum_of_scores() const {
    std::int64_t sum = 0;
    for (const auto& score : scores) sum += score.load();
    return sum;
  }

  mutable std::vector<std::atomic<std::int64_t>> scores;
  std::vector<std::atomic<std::uint32_t>> requests;

 private:
  std::vector<std::uint32_t> weights_;
};

}  // namespace

TEST_CASE("bybusyness picks by weight where nobody is busy", "[balance][bybusyness]") {
  // As at httpd 2.4.71 with mod_lbmethod_bybusyness, one request at a time.
  CHECK(Members({100, 200, 300}).place_and_end(12) == "210212210212");
  CHECK(Members({100, 100, 100}).place_and_end(7) == "0120120");
}

TEST_CASE("bybusyness picks the least busy, and equals by weight", "[balance][bybusyness]") {
  CHECK(Members({100, 200}).place(6) == "101010");
  Members members({100, 200, 300});
  members.requests[2] = 5;
  members.requests[1] = 1;
  CHECK(members.place(1) == "0");
  CHECK(members.place_and_end(4) == "1101");
}

TEST_CASE("a pick of bybusyness changes nothing until it is charged", "[balance][bybusyness]") {
  Members members({100, 200});
  for (int n = 0; n < 3; ++n) CHECK(bybusyness().pick(members.views(), {}) == MemberId{1});
  CHECK(members.scores[0] == 0);
  CHECK(members.scores[1] == 0);
  bybusyness().charge(members.views(), 1);
  CHECK(members.scores[0] == 100);
  CHECK(members.scores[1] == -100);
}

TEST_CASE("bybusyness counts a session's request against its member", "[balance][bybusyness]") {
  Members members({100, 100});
  for (int n = 0; n < 4; ++n) bybusyness().charge(members.views(), 0);
  CHECK(members.place_and_end(8) == "11110101");
}

TEST_CASE("bybusyness has nobody to pick from no candidates", "[balance][bybusyness]") {
  CHECK_FALSE(bybusyness().pick({}, {}).has_value());
}

TEST_CASE("bybusyness answers with the id of the member", "[balance][bybusyness]") {
  std::atomic<std::int64_t> score{0};
  const MemberView view = {2, 100, 0, 0, 0, &score};
  CHECK(bybusyness().pick(std::span(&view, 1), {}) == MemberId{2});
}

TEST_CASE("bybusyness begins anew with scores only, and wants exact counts", "[balance][bybusyness]") {
  CHECK(bybusyness().reset().score);
  CHECK_FALSE(bybusyness().reset().traffic);
  CHECK(bybusyness().wants().exact);
  CHECK(bybusyness().wants().anything());
  CHECK_FALSE(bybusyness().wants().traffic);
}

TEST_CASE("requests placed by bybusyness from eight threads lie within one", "[balance][bybusyness][threads]") {
  for (const std::vector<std::uint32_t>& weights :
       {std::vector<std::uint32_t>{100, 100, 100}, {100, 200, 300}, {500, 100, 100, 100, 100}}) {
    Members members(weights);
    std::vector<std::thread> crew;
    for (int n = 0; n < 8; ++n) {
      crew.emplace_back([&] {
        for (int done = 0; done < 2000; ++done) members.place();
      });
    }
    for (std::thread& thread : crew) thread.join();
    CHECK(members.spread() <= 1);
    CHECK(members.sum_of_scores() == 0);
  }
}
