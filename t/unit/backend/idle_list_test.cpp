#include "backend/idle_list.hpp"

#include <vector>

#include "backend/loopback.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

// A list, two reactors that are never run, and connections that are put in one a second.
struct Fixture {
  engine::Reactor one, two;
  IdleList list;
  engine::TimePoint now{std::chrono::hours(1)};

  Connection* push(engine::Reactor* home = nullptr, std::string key = {}) {
    std::unique_ptr<Connection> connection = test::pair().ours;
    if (home) connection->attach(*home, nullptr);
    connection->rest(now += std::chrono::seconds(1));
    Connection* const raw = connection.get();
    list.push(std::move(connection), std::move(key));
    return raw;
  }
};

TEST_CASE("an empty idle list has nothing to give", "[backend]") {
  Fixture with;
  CHECK(with.list.size() == 0);
  CHECK(with.list.take(nullptr, "") == nullptr);
  CHECK(with.list.longest_idle() == nullptr);
  CHECK(with.list.take_longest_idle() == nullptr);
}

TEST_CASE("the youngest is taken first", "[backend]") {
  Fixture with;
  const Connection* first = with.push();
  const Connection* second = with.push();
  CHECK(with.list.size() == 2);
  CHECK(with.list.take(nullptr, "").get() == second);
  CHECK(with.list.take(nullptr, "").get() == first);
  CHECK(with.list.take(nullptr, "") == nullptr);
  CHECK(with.list.size() == 0);
}

TEST_CASE("each home has idle connections of its own", "[backend]") {
  Fixture with;
  const Connection* of_one = with.push(&with.one);
  const Connection* of_nobody = with.push();
  CHECK(with.list.take(&with.two, "") == nullptr);
  CHECK(with.list.take(&with.one, "").get() == of_one);
  CHECK(with.list.take(&with.one, "") == nullptr);
  CHECK(with.list.take(nullptr, "").get() == of_nobody);
}

TEST_CASE("from others is taken neither what is here nor what is nobody's", "[backend]") {
  Fixture with;
  const Connection* of_one = with.push(&with.one);
  const Connection* of_nobody = with.push();
  CHECK(with.list.take_from_others(&with.one, "") == nullptr);
  CHECK(with.list.take_from_others(&with.two, "").get() == of_one);
  CHECK(with.list.take_from_others(nullptr, "") == nullptr);
  const Connection* of_two = with.push(&with.two);
  CHECK(with.list.take_from_others(nullptr, "").get() == of_two);
  CHECK(with.list.take_from_others(nullptr, "") == nullptr);
  CHECK(with.list.size() == 1);
  CHECK(with.list.take(nullptr, "").get() == of_nobody);
}

TEST_CASE("from others is taken what has the key, the youngest of its home", "[backend]") {
  Fixture with;
  with.push(&with.one, "a");
  const Connection* older = with.push(&with.two, "b");
  const Connection* younger = with.push(&with.two, "b");
  with.push(&with.two, "a");
  CHECK(with.list.take_from_others(nullptr, "c") == nullptr);
  CHECK(with.list.take_from_others(&with.two, "b") == nullptr);
  CHECK(with.list.take_from_others(&with.one, "b").get() == younger);
  CHECK(with.list.take_from_others(nullptr, "b").get() == older);
  CHECK(with.list.size() == 2);
}

TEST_CASE("the first of a home for which something holds is taken", "[backend]") {
  Fixture with;
  const std::vector<const Connection*> pushed{with.push(&with.one), with.push(&with.one), with.push(&with.one)};
  const Connection* elsewhere = with.push(&with.two);
  std::vector<const Connection*> seen;
  const auto none = [&](const Connection& one) {
    seen.push_back(&one);
    return false;
  };
  CHECK(with.list.take_if(&with.one, none) == nullptr);
  CHECK(seen == pushed);
  const std::size_t which = GENERATE(as<std::size_t>(), 0, 1, 2);
  const auto that = [&](const Connection& one) { return &one == pushed[which]; };
  CHECK(with.list.take_if(&with.two, that) == nullptr);
  CHECK(with.list.take_if(nullptr, that) == nullptr);
  CHECK(with.list.take_if(&with.one, that).get() == pushed[which]);
  CHECK(with.list.take_if(&with.one, that) == nullptr);
  CHECK(with.list.size() == 3);
  CHECK(with.list.take(&with.two, "").get() == elsewhere);
}

TEST_CASE("only connections of the same key are taken", "[backend]") {
  Fixture with;
  const Connection* a = with.push(nullptr, "a");
  const Connection* b = with.push(nullptr, "b");
  CHECK(with.list.take(nullptr, "") == nullptr);
  CHECK(with.list.take(nullptr, "a").get() == a);
  CHECK(with.list.take(nullptr, "b").get() == b);
}

TEST_CASE("the longest idle is found among all homes", "[backend]") {
  Fixture with;
  const std::vector<const Connection*> pushed{with.push(&with.two), with.push(), with.push(&with.one),
                                              with.push(&with.two)};
  for (const Connection* connection : pushed) {
    CHECK(with.list.longest_idle() == connection);
    CHECK(with.list.take_longest_idle().get() == connection);
  }
  CHECK(with.list.size() == 0);
}

TEST_CASE("any one may be removed, and the others keep their order", "[backend]") {
  Fixture with;
  std::vector<Connection*> pushed{with.push(), with.push(), with.push()};
  const std::size_t which = GENERATE(as<std::size_t>(), 0, 1, 2);
  CHECK(with.list.remove(pushed[which]).get() == pushed[which]);
  pushed.erase(pushed.begin() + static_cast<std::ptrdiff_t>(which));
  CHECK(with.list.size() == 2);
  CHECK(with.list.longest_idle() == pushed[0]);
  CHECK(with.list.take(nullptr, "").get() == pushed[1]);
  CHECK(with.list.take(nullptr, "").get() == pushed[0]);
}

TEST_CASE("what is not in the idle list is not removed from it", "[backend]") {
  Fixture with;
  with.push();
  const test::Link stranger = test::pair();
  CHECK(with.list.remove(stranger.ours.get()) == nullptr);
  CHECK(with.list.remove(nullptr) == nullptr);
  const std::unique_ptr<Connection> taken = with.list.take(nullptr, "");
  CHECK(with.list.remove(taken.get()) == nullptr);
  CHECK(with.list.size() == 0);
}

TEST_CASE("a connection may lie down again", "[backend]") {
  Fixture with;
  with.push();
  Connection* const again = with.push();
  std::unique_ptr<Connection> taken = with.list.take(nullptr, "");
  with.push();
  taken->rest(with.now += std::chrono::seconds(1));
  with.list.push(std::move(taken), "other");
  CHECK(with.list.take(nullptr, "other").get() == again);
  CHECK(with.list.size() == 2);
}

TEST_CASE("an idle list that ends closes what it holds", "[backend]") {
  FileDescriptor theirs;
  {
    test::Link link = test::pair();
    theirs = std::move(link.theirs);
    IdleList list;
    list.push(std::move(link.ours), "");
  }
  CHECK(test::hear(theirs, 1).empty());
}

}  // namespace
}  // namespace cxxproxy::backend
