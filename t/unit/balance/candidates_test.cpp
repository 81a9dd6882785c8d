#include "balance/candidates.hpp"

#include "catch.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

using namespace cxxproxy;
using namespace cxxproxy::balance;

namespace {

// A member as the configuration writes it: `status=` letters and `lbset=`.
struct Configured {
  const char* status = "";
  int lbset = 0;
};

// Members whose errors are past their retry time when named in `rested`.
class Balancer {
 public:
  Balancer(std::initializer_list<Configured> members, std::vector<MemberId> rested = {}) : rested_(std::move(rested)) {
    for (const Configured& member : members) {
      states_.push_back(
          {parse_status(member.status, MemberFlag::Initialised).value(), static_cast<std::uint8_t>(member.lbset)});
    }
  }

  // The candidates of each set in turn, like "0 2|1".
  std::string all_sets() {
    std::string text;
    CandidateWalk walk(states_, revive_);
    for (auto found = next(walk); !found.empty(); found = next(walk)) text += (text.empty() ? "" : "|") + found;
    return text;
  }
  std::string first() {
    CandidateWalk walk(states_, revive_);
    return next(walk);
  }
  const std::vector<MemberId>& looked_at() const { return looked_at_; }

 private:
  std::string next(CandidateWalk& walk) {
    std::vector<MemberId> room(states_.size());
    std::string text;
    for (const MemberId id : walk.next(room)) text += (text.empty() ? "" : " ") + std::to_string(id);
    return text;
  }

  std::vector<MemberState> states_;
  std::vector<MemberId> rested_;
  std::vector<MemberId> looked_at_;
  std::function<MemberFlags(MemberId)> look_ = [this](MemberId id) {
    looked_at_.push_back(id);
    const bool rested = std::find(rested_.begin(), rested_.end(), id) != rested_.end();
    return rested ? states_[id].flags.without(MemberFlag::Error) : states_[id].flags;
  };
  Revive revive_{look_};
};

std::string first(std::initializer_list<Configured> members) { return Balancer(members).first(); }

}  // namespace

// Those marked "recorded" were seen at httpd 2.4.71 with the same members.

TEST_CASE("usable members are the candidates, in the order of the configuration", "[balance][candidates]") {
  CHECK(first({{}, {}, {}}) == "0 1 2");
  CHECK(first({}) == "");
  CHECK(first({{"D"}, {}, {"S"}, {"C"}, {"U"}, {"-O"}, {"I"}}) == "1 6");
}

TEST_CASE("spares and standbys rest while all members are well", "[balance][candidates]") {
  CHECK(first({{}, {}, {"R"}, {"H"}}) == "0 1");  // recorded
  CHECK(first({{"R"}, {"H"}, {}, {}}) == "2 3");
}

TEST_CASE("one spare joins for each member that is missing, in the order of the configuration",
          "[balance][candidates]") {
  CHECK(first({{"D"}, {}, {"R"}, {"R"}}) == "1 2");
  CHECK(first({{"D"}, {"D"}, {"R"}, {"R"}, {"R"}, {}}) == "5 2 3");
  CHECK(first({{"R"}, {"R"}, {}, {"D"}}) == "2 0");
  CHECK(first({{"D"}, {"D"}, {"D"}, {"R"}}) == "3");
}

TEST_CASE("a draining member is missing, and is no candidate", "[balance][candidates]") {
  CHECK(first({{"N"}, {}, {"R"}, {"R"}}) == "1 2");     // recorded
  CHECK(first({{"D"}, {"N"}, {"R"}, {"R"}}) == "2 3");  // recorded
  CHECK(first({{"N"}}) == "");
}

TEST_CASE("a spare or standby that is away is not missing", "[balance][candidates]") {
  CHECK(first({{}, {"RN"}, {"R"}}) == "0");            // recorded
  CHECK(first({{}, {"RD"}, {"R"}}) == "0");            // recorded
  CHECK(first({{"D"}, {"HD"}, {"R"}, {"R"}}) == "2");  // recorded
  CHECK(first({{"D"}, {"HN"}, {"R"}, {"R"}}) == "2");
}

TEST_CASE("a spare that is not usable leaves its place to the next", "[balance][candidates]") {
  CHECK(first({{"D"}, {"RD"}, {"RN"}, {"RE"}, {"R"}}) == "4");
}

TEST_CASE("spares without a missing member are never used", "[balance][candidates]") {
  CHECK(first({{"R"}}) == "");  // recorded
  CHECK(first({{"R"}, {"R"}, {"H"}}) == "2");
}

TEST_CASE("standbys serve when neither member nor spare is left", "[balance][candidates]") {
  CHECK(first({{"D"}, {"H"}, {"H"}}) == "1 2");
  CHECK(first({{"D"}, {"R"}, {"H"}}) == "1");  // recorded
  CHECK(first({{"H"}, {"D"}, {"R"}}) == "2");
  CHECK(first({{"D"}, {"HD"}, {"HN"}, {"H"}}) == "3");
  CHECK(first({{"H"}}) == "0");
}

TEST_CASE("a member that is both spare and standby is a spare", "[balance][candidates]") {
  CHECK(first({{}, {"HR"}}) == "0");  // recorded
  CHECK(first({{"HR"}}) == "");       // recorded
  CHECK(first({{"D"}, {"HR"}, {"H"}}) == "1");
  CHECK(first({{"D"}, {"H"}, {"HR"}}) == "2");
  CHECK(first({{"H"}, {"HR"}}) == "0");
}

TEST_CASE("sets are tried in order, whatever their numbers and places", "[balance][candidates]") {
  CHECK(Balancer({{"", 1}, {"", 0}, {"", 1}}).all_sets() == "1|0 2");
  CHECK(Balancer({{"", 99}, {"", 63}, {"", 64}, {"", 0}}).all_sets() == "3|1|2|0");
  CHECK(first({{"D", 7}, {"", 7}, {"", 50}}) == "1");  // recorded
  CHECK(first({{"D", 0}, {"E", 3}, {"", 98}}) == "2");
}

TEST_CASE("a set's standby comes before the next set", "[balance][candidates]") {
  CHECK(first({{"D", 0}, {"H", 0}, {"", 1}}) == "1");   // recorded
  CHECK(first({{"D", 0}, {"HN", 0}, {"", 1}}) == "2");  // recorded
}

TEST_CASE("spares stand in for members of their own set only", "[balance][candidates]") {
  CHECK(Balancer({{"D", 0}, {"", 0}, {"R", 1}}).all_sets() == "1");  // recorded
  CHECK(Balancer({{"D", 0}, {"D", 0}, {"R", 1}, {"", 1}}).all_sets() == "3");
  CHECK(Balancer({{"D", 0}, {"R", 0}, {"D", 1}, {"R", 1}}).all_sets() == "1|3");
}

TEST_CASE("a member in error is a candidate again once rested", "[balance][candidates]") {
  CHECK(Balancer({{"E"}, {}}).first() == "1");
  CHECK(Balancer({{"E"}, {}}, {0}).first() == "0 1");
  CHECK(Balancer({{"ED"}, {}}, {0}).first() == "1");
  CHECK(Balancer({{"E"}, {"R"}}, {0}).first() == "0");
  CHECK(Balancer({{"D"}, {"RE"}}, {1}).first() == "1");
  CHECK(Balancer({{"D"}, {"HE"}}, {1}).first() == "1");
}

TEST_CASE("unusable members are looked at once, and those of later sets not before their turn",
          "[balance][candidates]") {
  Balancer balancer({{"E", 0}, {"", 0}, {"RE", 0}, {"NE", 0}, {"E", 1}});
  balancer.first();
  CHECK(balancer.looked_at() == std::vector<MemberId>{0, 2});

  Balancer next_set({{"E", 0}, {"E", 1}, {"", 2}});
  CHECK(next_set.first() == "2");
  CHECK(next_set.looked_at() == std::vector<MemberId>{0, 1});
}

TEST_CASE("all candidates fit where all members fit", "[balance][candidates]") {
  // Every kind in every order of four: the room is exactly as long as the members, so an overflow would show.
  const char* const kinds[] = {"", "D", "N", "R", "H", "HR", "E"};
  for (const char* a : kinds) {
    for (const char* b : kinds) {
      for (const char* c : kinds) {
        for (const char* d : kinds) {
          const std::string found = Balancer({{a}, {b}, {c}, {d}}, {0, 1, 2, 3}).first();
          CHECK(found.size() <= 7);
        }
      }
    }
  }
}

TEST_CASE("a member in front is a candidate beside any other", "[balance][candidates]") {
  for (const char* status : {"", "I", "N", "D", "S", "E", "H", "R", "C", "U", "RH", "IE"}) {
    const MemberFlags flags = parse_status(status, MemberFlag::Initialised).value();
    INFO(status);
    CHECK(in_front(flags) == (Balancer{{status}, {""}}.first() == "0 1"));
  }
  CHECK_FALSE(in_front(MemberFlags{}));
}
