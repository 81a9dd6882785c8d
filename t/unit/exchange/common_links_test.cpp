// HTTP/2 connections that several threads share, each waiting for its own exchange. On real time: nobody may hang.
#include "exchange/common_links.hpp"

#include <atomic>
#include <deque>
#include <list>
#include <random>
#include <thread>

#include "catch.hpp"
#include "engine/poll.hpp"
#include "exchange/http2_support.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using namespace test;

const engine::Clock& real() { return engine::steady_clock(); }

// A backend on a thread of its own.
class Server {
 public:
  using Serve = std::function<void(Http2End& end, std::int32_t id)>;

  // `serve` is called for each request once, as they come, but for no more than are allowed.
  Server(Backend& backend, const std::atomic<int>& allowed, Serve serve)
      : backend_(backend), allowed_(allowed), serve_(std::move(serve)) {
    thread_ = std::thread([this] { run(); });
  }
  ~Server() {
    stopping_ = true;
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  void run() {
    while (!stopping_) {
      while (backend_.listener.has_visitor()) ends_.emplace_back(backend_.listener.accept());
      for (Http2End& end : ends_) look(end);
      for (; !waiting_.empty() && served_ < allowed_; ++served_) {
        const auto [end, id] = waiting_.front();
        waiting_.pop_front();
        serve_(*end, id);
        end->serve();
      }
      std::this_thread::sleep_for(200us);
    }
  }

  void look(Http2End& end) {
    end.serve();
    for (auto& [id, request] : end.peer.requests) {
      if (id == 0 || !request.ended || request.has("seen")) continue;
      request.fields.emplace_back("seen", "");
      waiting_.emplace_back(&end, id);
    }
  }

  Backend& backend_;
  const std::atomic<int>& allowed_;
  const Serve serve_;
  std::list<Http2End> ends_;
  std::deque<std::pair<Http2End*, std::int32_t>> waiting_;
  int served_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

Target target_of(Backend& backend) {
  Target target = backend.target();
  target.http2 = true;
  return target;
}

// One exchange, driven by waiting.
struct Waiting {
  Waiting(CommonLinks& common, const Target& target) : links(common), exchange(client, dispatcher, {}, {5s}) {
    dispatcher.targets = {target};
  }

  // BLOCKS. False: given up after so many waits.
  bool run(int most_waits = 100000) {
    std::vector<char> buffer(8192);
    engine::Woken woken;
    for (int waits = 0; waits < most_waits;) {
      const Step step = exchange.advance(woken, real().now(), buffer);
      woken = {};
      if (step.kind != Step::Kind::Wait && step.kind != Step::Kind::Links) links.turn();
      switch (step.kind) {
        case Step::Kind::Done:
          return true;
        case Step::Kind::Yield:
          break;
        case Step::Kind::Lookup:
          exchange.looked_up(exchange.target().addresses->lookup_blocking());
          break;
        case Step::Kind::Slot:
          exchange.got_slot(exchange.target().pool->acquire_blocking(exchange.target().pool_key));
          break;
        case Step::Kind::Links:
          links.begin(exchange);
          break;
        case Step::Kind::Wait:
          woken = wait(step.wait);
          ++waits;
          break;
      }
    }
    return false;
  }

  engine::Woken wait(const engine::Wait& wanted) {
    const auto blocking = [this](const engine::Wait& outer) {
      if (at_wait) at_wait();
      if (before_wait) before_wait();
      engine::Woken seen = engine::wait_blocking(outer, -1, real());
      if (at_woken) at_woken(seen);
      return seen;
    };
    if (wanted.backend.fd >= 0) return engine::wait_blocking(wanted, -1, real());
    const engine::Woken woken = links.wait(exchange, wanted, blocking);
    if (after_wait) after_wait();
    return woken;
  }

  CommonLinks& links;
  FakeClient client;
  FakeDispatcher dispatcher;
  std::function<void()> at_wait{};
  std::function<void()> before_wait{};
  std::function<void(engine::Woken&)> at_woken{};
  std::function<void()> after_wait{};
  Exchange exchange;
};

// BLOCKS for seconds at most.
bool comes_true(const std::function<bool()>& so) {
  for (int i = 0; i < 5000; ++i) {
    if (so()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

TEST_CASE("threads share connections, whatever happens to them", "[exchange][http2][common]") {
  constexpr int threads = 8;
  constexpr int rounds = 150;
  backend::PoolSettings settings;
  settings.acquire = 20s;
  settings.max = GENERATE(0u, 2u);
  Backend backend(real(), settings);
  REQUIRE(target_of(backend).addresses->lookup_blocking());
  const std::string body = pattern(100000);
  int served = 0;
  CommonLinks common(true);
  std::atomic<int> bad = 0;
  {
    const std::atomic<int> allowed = 1 << 30;
    const Server server(backend, allowed, [&](Http2End& end, std::int32_t id) {
      ++served;
      if (end.peer.requests[id].reset) return;
      if (served % 97 == 0) return end.close();
      if (served % 61 == 0) end.peer.goaway(id);
      end.peer.answer(id, "200", {}, served % 3 == 0 ? body : "ok");
    });
    std::list<std::thread> crowd;
    for (int thread = 0; thread < threads; ++thread) {
      crowd.emplace_back([&, thread] {
        std::minstd_rand dice(thread + 1);
        for (int round = 0; round < rounds; ++round) {
          Target target = target_of(backend);
          target.streams = 3;
          target.timeout = 20s;
          target.fresh = dice() % 20 == 0;
          Waiting one(common, target);
          one.dispatcher.targets.push_back(target);
          one.dispatcher.targets.push_back(target);
          const bool gives_up = dice() % 10 == 0;
          const bool over = one.run(gives_up ? 1 : 100000);
          if (over && one.exchange.outcome().kind == Kind::Answered) {
            const bool whole = one.client.received == "ok" || one.client.received == body;
            bad += whole ? 0 : 1;
          } else if (over && one.exchange.outcome().kind != Kind::Cut) {
            bad += 1;
          }
        }
      });
    }
    for (std::thread& thread : crowd) thread.join();
  }
  CHECK(bad == 0);
}

TEST_CASE("a thread gets the slot of a common connection that lies idle for others", "[exchange][http2][common]") {
  backend::PoolSettings settings;
  settings.max = 1;
  settings.acquire = 5s;
  Backend backend(real(), settings);
  Target target = target_of(backend);
  CommonLinks common(true);
  std::vector<bool> answered;
  {
    const std::atomic<int> allowed = 3;
    const Server server(backend, allowed, [](Http2End& end, std::int32_t id) { end.peer.answer(id, "200", {}, "ok"); });
    for (const std::string_view key : {"one", "another", "one"}) {
      target.pool_key = key;
      Waiting request(common, target);
      answered.push_back(request.run() && request.exchange.outcome().kind == Kind::Answered);
    }
  }
  CHECK(answered == std::vector<bool>(3, true));
}

// On a thread of its own.
struct Threaded : Waiting {
  using Waiting::Waiting;
  ~Threaded() { thread.join(); }

  // BLOCKS until it waits for its answer.
  bool start() {
    at_wait = [this] { ++waits; };
    thread = std::thread([this] {
      run();
      done = true;
    });
    return comes_true([this] { return waits > 0; });
  }

  std::atomic<int> waits = 0;
  std::atomic<bool> done = false;
  std::thread thread;
};

TEST_CASE("a thread that should watch for the others but goes away has another one do it",
          "[exchange][http2][common]") {
  Backend backend(real());
  REQUIRE(target_of(backend).addresses->lookup_blocking());
  Target target = target_of(backend);
  target.timeout = 30s;
  CommonLinks common(true);
  std::vector<bool> so;  // looked at when the backend is not there any more: Catch2 is for one thread at a time
  {
    std::atomic<int> allowed = 1;
    const Server server(backend, allowed, [](Http2End& end, std::int32_t id) { end.peer.answer(id, "200", {}, "ok"); });
    Waiting warm_up(common, target);
    so.push_back(warm_up.run());
    std::atomic<bool> back = false;
    Threaded first(common, target);
    Threaded second(common, target);
    Threaded third(common, target);
    second.at_woken = [](engine::Woken& woken) { woken.client.readable = true; };
    second.after_wait = [&] { static_cast<void>(comes_true([&] { return back.load(); })); };
    so.push_back(first.start());
    so.push_back(second.start());
    so.push_back(third.start());
    allowed = 2;
    so.push_back(comes_true([&] { return first.done.load(); }));
    allowed = 4;
    so.push_back(comes_true([&] { return third.done.load(); }));
    back = true;
    so.push_back(comes_true([&] { return second.done.load(); }));
  }
  CHECK(so == std::vector<bool>(7, true));
}

TEST_CASE("news for the thread that watches is not taken away by another that looks", "[exchange][http2][common]") {
  Backend backend(real());
  REQUIRE(target_of(backend).addresses->lookup_blocking());
  Target target = target_of(backend);
  target.timeout = 30s;
  CommonLinks common(true);
  std::vector<bool> so;
  {
    std::atomic<int> allowed = 1;
    const Server server(backend, allowed, [](Http2End& end, std::int32_t id) { end.peer.answer(id, "200", {}, "ok"); });
    Waiting warm_up(common, target);
    so.push_back(warm_up.run());
    std::atomic<bool> looked = false;
    Threaded watcher(common, target);
    watcher.before_wait = [&] { static_cast<void>(comes_true([&] { return looked.load(); })); };
    so.push_back(watcher.start());
    allowed = 2;
    for (int looks = 0; looks < 200; ++looks) {
      common.turn();
      std::this_thread::sleep_for(1ms);
    }
    looked = true;
    so.push_back(comes_true([&] { return watcher.done.load(); }));
  }
  CHECK(so == std::vector<bool>(3, true));
}

}  // namespace
}  // namespace cxxproxy::exchange
