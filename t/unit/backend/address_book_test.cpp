#include "backend/address_book.hpp"

#include <netdb.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "engine/fake_clock.hpp"

namespace cxxproxy::backend {
namespace {

using namespace std::chrono_literals;

const Origin app{"app.example", 80, ""};
constexpr int thread_count = 8;
const Error no_name{Fault::Lookup, EAI_NONAME};

// A resolver whose answers are all different: port 1, then port 2, …; it fails while told to.
class CountingResolver {
 public:
  Result<Endpoints> operator()(const Origin&) {
    const int call = ++calls;
    if (failing) return no_name;
    return resolve_blocking({"127.0.0.1", static_cast<std::uint16_t>(call), ""});
  }

  std::atomic<int> calls{0};
  std::atomic<bool> failing{false};
};

// A door: one thread knocks and waits, another waits for the knock and opens.
class Door {
 public:
  void knock_and_wait() {
    knocked_.set_value();
    opened_.get_future().wait();
  }
  void await_knock() { knocked_.get_future().wait(); }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> knocked_;
  std::promise<void> opened_;
};

int port_of(const Result<EndpointList>& list) { return list ? (*list)->front().port() : -1; }

struct Fixture {
  engine::FakeClock clock;
  CountingResolver resolver;

  AddressBook book(std::chrono::seconds ttl) { return {app, ttl, clock, std::ref(resolver)}; }
};

TEST_CASE("a negative time to live keeps addresses for ever", "[backend]") {
  Fixture with;
  AddressBook book = with.book(-1s);
  CHECK(book.cached() == nullptr);
  CHECK(port_of(book.lookup_blocking()) == 1);
  with.clock.advance(24h * 365);
  CHECK(port_of(book.lookup_blocking()) == 1);
  CHECK(book.cached() != nullptr);
}

TEST_CASE("a time to live of zero asks each time", "[backend]") {
  Fixture with;
  AddressBook book = with.book(0s);
  CHECK(port_of(book.lookup_blocking()) == 1);
  CHECK(port_of(book.lookup_blocking()) == 2);
  CHECK(book.cached() == nullptr);
}

TEST_CASE("addresses hold for their time to live and not longer", "[backend]") {
  Fixture with;
  AddressBook book = with.book(10s);
  CHECK(port_of(book.lookup_blocking()) == 1);
  with.clock.advance(10s - 1us);
  CHECK(port_of(book.lookup_blocking()) == 1);
  with.clock.advance(1us);
  CHECK(book.cached() == nullptr);
  CHECK(port_of(book.lookup_blocking()) == 2);
}

TEST_CASE("a list outlives its place in the book", "[backend]") {
  Fixture with;
  AddressBook book = with.book(10s);
  const EndpointList first = *book.lookup_blocking();
  with.clock.advance(1min);
  CHECK(port_of(book.lookup_blocking()) == 2);
  CHECK(first->front().port() == 1);
}

TEST_CASE("a failed refresh is an error and is not remembered", "[backend]") {
  Fixture with;
  AddressBook book = with.book(10s);
  CHECK(port_of(book.lookup_blocking()) == 1);
  with.clock.advance(10s);
  with.resolver.failing = true;
  CHECK(book.lookup_blocking().error() == no_name);
  CHECK(book.lookup_blocking().error() == no_name);
  CHECK(with.resolver.calls == 3);
  with.resolver.failing = false;
  CHECK(port_of(book.lookup_blocking()) == 4);
}

TEST_CASE("a list nobody could connect to is forgotten", "[backend]") {
  Fixture with;
  AddressBook book = with.book(-1s);
  const EndpointList first = *book.lookup_blocking();
  book.forget(first);
  CHECK(book.cached() == nullptr);
  const EndpointList second = *book.lookup_blocking();
  CHECK(second->front().port() == 2);
  book.forget(first);
  CHECK(book.cached() == second);
}

TEST_CASE("while one thread refreshes, others go on with the expired list", "[backend]") {
  engine::FakeClock clock;
  CountingResolver addresses;
  Door door;
  AddressBook book(app, 10s, clock, [&](const Origin& origin) {
    if (addresses.calls == 1) door.knock_and_wait();
    return addresses(origin);
  });
  CHECK(port_of(book.lookup_blocking()) == 1);
  clock.advance(10s);
  auto refresher = std::async(std::launch::async, [&] { return book.lookup_blocking(); });
  door.await_knock();
  CHECK(port_of(book.lookup_blocking()) == 1);
  CHECK(book.cached() != nullptr);
  door.open();
  CHECK(port_of(refresher.get()) == 2);
  CHECK(port_of(book.lookup_blocking()) == 2);
}

TEST_CASE("threads that ask together share one lookup", "[backend]") {
  engine::FakeClock clock;
  CountingResolver addresses;
  std::atomic<int> asking{0};
  AddressBook book(app, -1s, clock, [&](const Origin& origin) {
    while (asking < thread_count) std::this_thread::yield();
    return addresses(origin);
  });
  std::vector<std::future<Result<EndpointList>>> answers;
  answers.reserve(thread_count);
  for (int i = 0; i < thread_count; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      ++asking;
      return book.lookup_blocking();
    }));
  }
  for (auto& answer : answers) CHECK(port_of(answer.get()) == 1);
  CHECK(addresses.calls == 1);
}

TEST_CASE("a failed lookup fails those who waited for it, and nobody after", "[backend]") {
  engine::FakeClock clock;
  CountingResolver addresses;
  addresses.failing = true;
  AddressBook book(app, -1s, clock, std::ref(addresses));
  std::vector<std::future<Result<EndpointList>>> answers;
  answers.reserve(thread_count);
  for (int i = 0; i < thread_count; ++i) {
    answers.push_back(std::async(std::launch::async, [&] { return book.lookup_blocking(); }));
  }
  for (auto& answer : answers) CHECK(answer.get().error() == no_name);
  addresses.failing = false;
  CHECK(book.lookup_blocking().ok());
}

TEST_CASE("readers, refreshers and forgetters get along", "[backend]") {
  engine::FakeClock clock;
  CountingResolver addresses;
  AddressBook book(app, 1s, clock, std::ref(addresses));
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  threads.reserve(thread_count);
  for (int i = 0; i < thread_count; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 300; ++round) {
        const auto list = book.lookup_blocking();
        if (!list || (*list)->empty()) ++failures;
        if (round % 50 == i && list) book.forget(*list);
        if (round % 20 == i) clock.advance(1s);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
}

}  // namespace
}  // namespace cxxproxy::backend
