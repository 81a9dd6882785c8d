#include "httpd/capture/lookups.hpp"

#include "httpd/capture/no_signals.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace cxxproxy::httpd {
namespace {

constexpr std::size_t most_threads = 16;

class Lookups {
 public:
  void ask(backend::AddressBook& book, engine::Reactor& reactor, LookedUp done) {
    const std::lock_guard guard(mutex_);
    std::vector<Asker>& askers = under_way_[&book];
    askers.push_back({&reactor, std::move(done)});
    if (askers.size() > 1) return;
    waiting_.push_back(&book);
    if (idle_ < waiting_.size() && threads_ < most_threads) start_thread();
    wake_.notify_one();
  }

 private:
  struct Asker {
    engine::Reactor* reactor;
    LookedUp done;
  };

  // Never joined: a name server that does not answer must not keep the process from ending.
  void start_thread() {
    const NoSignals quiet;
    std::thread([this] { work(); }).detach();
    ++threads_;
  }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      wake_.wait(lock, [&] { return !waiting_.empty(); });
      --idle_;
      backend::AddressBook& book = *waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      const backend::Result<backend::EndpointList> outcome = book.lookup_blocking();
      lock.lock();
      const std::vector<Asker> askers = std::move(under_way_.extract(&book).mapped());
      lock.unlock();
      for (const Asker& asker : askers) {
        asker.reactor->post([done = asker.done, outcome] { done(outcome); });
      }
      lock.lock();
    }
  }

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<backend::AddressBook*> waiting_;
  std::map<backend::AddressBook*, std::vector<Asker>> under_way_;  // waiting or being looked up
  std::size_t threads_ = 0;
  std::size_t idle_ = 0;
};

}  // namespace

void look_up(backend::AddressBook& book, engine::Reactor& reactor, LookedUp done) {
  static auto& lookups = *new Lookups;  // never deleted: its threads outlive everything
  lookups.ask(book, reactor, std::move(done));
}

}  // namespace cxxproxy::httpd
