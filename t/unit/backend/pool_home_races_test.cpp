// Idle connections that reactors watch, taken and left by many threads at once.
#include <sys/socket.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "backend/loopback.hpp"
#include "backend/pool.hpp"
#include "backend/pool_with_home.hpp"
#include "catch.hpp"
#include "engine/fake_clock.hpp"
#include "engine/reactor_thread.hpp"

namespace cxxproxy::backend {
namespace {

using namespace std::chrono_literals;
using namespace test;

// Keeps descriptors open.
class Drawer {
 public:
  void add(FileDescriptor fd) {
    const std::lock_guard guard(mutex_);
    kept_.push_back(std::move(fd));
  }

 private:
  std::mutex mutex_;
  std::vector<FileDescriptor> kept_;
};

TEST_CASE("reactors, threads, trimming and backends that hang up get along", "[backend]") {
  engine::FakeClock clock;
  PoolSettings settings = at_most(4);
  settings.smax = 1;
  settings.ttl = 1s;
  Pool pool(settings, clock);
  std::atomic<int> faults{0};
  Drawer staying;
  const auto use = [&](engine::Reactor* home, int round) {
    auto lease = pool.try_acquire({}, round % 2 == 0 ? Check::Watched : Check::Always);
    if (!lease) return;
    if (lease->connection() == nullptr) {
      // The other end stays, is gone at once, or talks before it goes.
      Link link = pair();
      if (home) link.ours->attach(*home, nullptr);
      lease->adopt(std::move(link.ours));
      if (round % 3 == 1) say(link.theirs, "x");
      if (round % 3 == 2) staying.add(std::move(link.theirs));
    } else if (lease->connection()->home() != nullptr && lease->connection()->home() != home) {
      ++faults;
    }
    lease->keep();
  };
  {
    ReactorThread one, two;
    std::vector<std::thread> threads;
    for (ReactorThread* home : {&one, &two}) {
      threads.emplace_back([&use, home] {
        for (int round = 0; round < 300; ++round) home->run([&] { use(&home->reactor(), round); });
      });
    }
    threads.emplace_back([&] {
      for (int round = 0; round < 300; ++round) use(nullptr, round);
    });
    for (int round = 0; round < 100; ++round) {
      clock.advance(200ms);
      pool.trim();
      if (round % 20 == 0) pool.close_idle();
    }
    for (std::thread& thread : threads) thread.join();
    pool.stop();
  }
  CHECK(faults == 0);
  CHECK(pool.stats().leased == 0);
  CHECK(pool.stats().idle == 0);
}

// The backend's side of a connection, which may be shut by anybody at any time.
struct Peer {
  explicit Peer(FileDescriptor end) : theirs(std::move(end)) {}

  void hang_up() {
    gone = true;
    ::shutdown(theirs.get(), SHUT_RDWR);
  }

  const FileDescriptor theirs;
  std::atomic<bool> gone{false};
};

class PeeredConnection final : public Connection {
 public:
  PeeredConnection(StartedConnect started, std::shared_ptr<Peer> peer) noexcept
      : Connection(std::move(started), Endpoint()), peer_(std::move(peer)) {}

  Peer& peer() { return *peer_; }
  const engine::Reactor* last_home = nullptr;

 private:
  const std::shared_ptr<Peer> peer_;
};

// All backends' sides there are.
class Peers {
 public:
  std::unique_ptr<PeeredConnection> connect() {
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    StartedConnect started;
    started.fd = FileDescriptor(ends[0]);
    auto peer = std::make_shared<Peer>(FileDescriptor(ends[1]));
    auto connection = std::make_unique<PeeredConnection>(std::move(started), peer);
    static_cast<void>(connection->establish());
    const std::lock_guard guard(mutex_);
    std::erase_if(peers_, [](const std::weak_ptr<Peer>& one) { return one.expired(); });
    peers_.push_back(peer);
    return connection;
  }

  std::shared_ptr<Peer> any(std::size_t dice) {
    const std::lock_guard guard(mutex_);
    return peers_.empty() ? nullptr : peers_[dice % peers_.size()].lock();
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Peer>> peers_;
};

struct Traffic {
  std::atomic<int> uses{0};
  std::atomic<int> moved{0};  // uses of a connection whose last home was another's
  std::atomic<int> faults{0};
  Peers peers;

  // One exchange on whatever thread this is.
  void use(Lease lease, Check check) {
    engine::Reactor* const here = engine::Reactor::current();
    if (lease.connection() == nullptr) lease.adopt(peers.connect());
    auto& connection = static_cast<PeeredConnection&>(*lease.connection());
    if (connection.home() != nullptr && connection.home() != here) ++faults;
    if (connection.last_home != nullptr && connection.last_home != here) ++moved;
    if (here) connection.attach(*here, nullptr);
    connection.last_home = here;
    if (exchange_bytes(connection, check)) lease.keep();
    lease.release();
    ++uses;
  }

 private:
  // It works, or its backend has hung up.
  bool exchange_bytes(PeeredConnection& connection, Check check) {
    Peer& peer = connection.peer();
    const bool good = write_text(connection, "x").ok() && hear(peer.theirs, 1) == "x" &&
                      ::send(peer.theirs.get(), "y", 1, MSG_NOSIGNAL) == 1 && read_one(connection).ok();
    if (!good && !peer.gone) ++faults;
    // Some leave what their home has seen as it is, some use it up.
    if (good && connection.home() && check == Check::Always) {
      static_cast<void>(connection.watch().take({-1, true, false}));
    }
    return good;
  }
};

TEST_CASE("reactors and threads share a few connections that backends close at random", "[backend]") {
  constexpr int rounds = 1500;
  PoolSettings settings = at_most(2);
  Pool pool(settings, engine::steady_clock());
  Traffic traffic;
  ReactorThread one, two;
  const auto on_reactor = [&](ReactorThread& where, int round) {
    where.run([&] {
      const Check check = round % 2 == 0 ? Check::Watched : Check::Always;
      if (auto lease = pool.try_acquire({}, check)) traffic.use(*std::move(lease), check);
    });
  };
  on_reactor(one, 0);
  on_reactor(two, 0);
  {
    std::atomic<int> running{4};
    std::vector<std::jthread> threads;
    for (ReactorThread* home : {&one, &two}) {
      threads.emplace_back([&, home] {
        for (int round = 0; round < rounds; ++round) on_reactor(*home, round);
        --running;
      });
    }
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < rounds; ++round) {
          if (auto lease = pool.acquire_blocking()) traffic.use(*std::move(lease), Check::Always);
        }
        --running;
      });
    }
    threads.emplace_back([&] {
      std::minstd_rand dice(7);
      for (int next = 20; running > 0; std::this_thread::yield()) {
        if (traffic.uses < next) continue;
        if (const std::shared_ptr<Peer> peer = traffic.peers.any(dice())) peer->hang_up();
        next = traffic.uses + static_cast<int>(dice() % 40);
      }
    });
  }
  CHECK(traffic.faults == 0);
  CHECK(traffic.moved > 0);
  CHECK(pool.stats().leased == 0);
  CHECK(pool.stats().idle <= 2);
  pool.stop();
  CHECK(pool.stats().idle == 0);
  for (ReactorThread* home : {&one, &two}) {
    CHECK(home->comes_true([&] { return home->reactor().watched() == 0; }));
    home->stop();
  }
}

}  // namespace
}  // namespace cxxproxy::backend
