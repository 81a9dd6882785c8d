#include "engine/timer_queue.hpp"

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "engine/counted_calls.hpp"

namespace cxxproxy::engine {
namespace {

using namespace std::chrono_literals;
using test::Alarm;

const TimePoint start{1h};

// A queue and two timers.
struct Fixture {
  TimerQueue queue;
  Alarm alarm;
  Alarm other;

  // The timer gets each of these deadlines in turn.
  void set(Alarm& timer, std::initializer_list<Duration> after_start) {
    for (const Duration after : after_start) queue.set(timer, start + after);
  }
};

TEST_CASE("timers fire when their time has come, the earliest first", "[engine]") {
  TimerQueue queue;
  std::string heard;
  Alarm a([&] { heard += 'a'; });
  Alarm b([&] { heard += 'b'; });
  Alarm c([&] { heard += 'c'; });
  queue.set(c, start + 3s);
  queue.set(a, start + 1s);
  queue.set(b, start + 2s);
  CHECK(queue.next() == start + 1s);
  queue.run(start + 1s - 1us);
  CHECK(heard.empty());
  queue.run(start + 2s);
  CHECK(heard == "ab");
  CHECK_FALSE(a.is_set());
  CHECK(c.is_set());
  queue.run(start + 1h);
  CHECK(heard == "abc");
  CHECK(queue.next() == never);
}

TEST_CASE("a deadline moved later is kept, and noticed early at most once", "[engine]") {
  Fixture with;
  with.set(with.alarm, {1s, 5s, 3s});
  CHECK(with.alarm.due() == start + 3s);
  CHECK(with.queue.next() == start + 1s);
  with.queue.run(start + 1s);
  CHECK(with.alarm.rung == 0);
  CHECK(with.queue.next() == start + 3s);
  with.queue.run(start + 3s);
  CHECK(with.alarm.rung == 1);
}

TEST_CASE("a deadline moved earlier is kept", "[engine]") {
  Fixture with;
  with.set(with.other, {2s});
  with.set(with.alarm, {5s, 1s});
  CHECK(with.queue.next() == start + 1s);
  with.queue.run(start + 1s);
  CHECK(with.alarm.rung == 1);
  CHECK(with.other.rung == 0);
}

TEST_CASE("timers that were moved still fire in the order of their deadlines", "[engine]") {
  TimerQueue queue;
  std::string heard;
  Alarm moved([&] { heard += 'm'; });
  Alarm fixed([&] { heard += 'f'; });
  queue.set(moved, start + 1s);
  queue.set(moved, start + 3s);
  queue.set(fixed, start + 2s);
  queue.run(start + 4s);
  CHECK(heard == "fm");
}

TEST_CASE("a cancelled timer does not fire, and can be set again", "[engine]") {
  TimerQueue queue;
  Alarm alarm;
  queue.cancel(alarm);
  queue.set(alarm, start);
  queue.cancel(alarm);
  CHECK_FALSE(alarm.is_set());
  queue.set(alarm, start);
  queue.set(alarm, never);
  CHECK_FALSE(alarm.is_set());
  queue.run(start + 1s);
  CHECK(alarm.rung == 0);
  CHECK(queue.next() == never);
  queue.set(alarm, start + 2s);
  queue.run(start + 2s);
  CHECK(alarm.rung == 1);
}

TEST_CASE("a cancelled timer is set again before its former deadline has come up", "[engine]") {
  Fixture with;
  with.set(with.other, {2s});
  with.set(with.alarm, {3s});
  with.queue.cancel(with.alarm);
  const Duration after = GENERATE(as<Duration>(), 1s, 3s, 5s);
  with.set(with.alarm, {after});
  CHECK(with.alarm.is_set());
  CHECK(with.alarm.due() == start + after);
  CHECK(with.queue.next() <= with.alarm.due());
  with.queue.run(start + after - 1us);
  CHECK(with.alarm.rung == 0);
  with.queue.run(start + after);
  CHECK(with.alarm.rung == 1);
  with.queue.run(start + 10s);
  CHECK(with.alarm.rung == 1);
  CHECK(with.other.rung == 1);
  CHECK(with.queue.next() == never);
}

TEST_CASE("a cancelled timer may die, and its queue before it", "[engine]") {
  Alarm longer;
  TimerQueue queue;
  Alarm staying;
  queue.set(staying, start + 2s);
  {
    Alarm dying;
    queue.set(dying, start + 1s);
    queue.cancel(dying);
  }
  CHECK(queue.next() == start + 2s);
  {
    TimerQueue dying;
    dying.set(longer, start + 1s);
    dying.cancel(longer);
  }
  CHECK_FALSE(longer.is_set());
  queue.set(longer, start + 3s);
  queue.run(start + 3s);
  CHECK(longer.rung == 1);
  CHECK(staying.rung == 1);
}

TEST_CASE("a timer that dies is cancelled", "[engine]") {
  TimerQueue queue;
  Alarm staying;
  queue.set(staying, start + 2s);
  {
    Alarm dying;
    queue.set(dying, start + 1s);
  }
  CHECK(queue.next() == start + 2s);
  queue.run(start + 2s);
  CHECK(staying.rung == 1);
}

TEST_CASE("a queue may die before its timers", "[engine]") {
  Alarm alarm;
  {
    TimerQueue queue;
    queue.set(alarm, start);
  }
  CHECK_FALSE(alarm.is_set());
  TimerQueue another;
  another.set(alarm, start);
  another.run(start);
  CHECK(alarm.rung == 1);
}

TEST_CASE("a timer set in another queue leaves its former one", "[engine]") {
  TimerQueue former;
  TimerQueue latter;
  Alarm alarm;
  former.set(alarm, start);
  latter.set(alarm, start + 1s);
  CHECK(former.next() == never);
  former.run(start + 2s);
  CHECK(alarm.rung == 0);
  latter.run(start + 2s);
  CHECK(alarm.rung == 1);
}

TEST_CASE("a timer that sets itself anew waits for the next run", "[engine]") {
  TimerQueue queue;
  Alarm* self = nullptr;
  Alarm alarm([&] { queue.set(*self, start); });
  self = &alarm;
  queue.set(alarm, start);
  queue.run(start + 1s);
  CHECK(alarm.rung == 1);
  CHECK(alarm.is_set());
  queue.run(start + 1s);
  CHECK(alarm.rung == 2);
}

TEST_CASE("a timer may destroy itself when it fires", "[engine]") {
  TimerQueue queue;
  std::unique_ptr<Alarm> alarm;
  bool fired = false;
  alarm = std::make_unique<Alarm>([&] {
    fired = true;
    queue.set(*alarm, start + 1s);
    alarm.reset();
  });
  queue.set(*alarm, start);
  queue.run(start);
  CHECK(fired);
  CHECK(queue.next() == never);
}

TEST_CASE("a timer due in the same run can be cancelled, moved or destroyed by one before it", "[engine]") {
  TimerQueue queue;
  Alarm cancelled;
  Alarm moved;
  auto destroyed = std::make_unique<Alarm>();
  Alarm untouched;
  Alarm first([&] {
    CHECK(cancelled.is_set());
    queue.cancel(cancelled);
    queue.set(moved, start);
    destroyed.reset();
  });
  queue.set(first, start);
  queue.set(cancelled, start + 1us);
  queue.set(moved, start + 2us);
  queue.set(*destroyed, start + 3us);
  queue.set(untouched, start + 4us);
  queue.run(start + 1s);
  CHECK(first.rung == 1);
  CHECK(cancelled.rung == 0);
  CHECK_FALSE(cancelled.is_set());
  CHECK(moved.rung == 0);
  CHECK(untouched.rung == 1);
  queue.run(start + 1s);
  CHECK(moved.rung == 1);
  CHECK(queue.next() == never);
}

// Thousands of timers that do random things to each other when they fire, beside a model that is too simple to be
// wrong.
class Crowd {
 public:
  explicit Crowd(std::uint32_t seed) : dice_(seed), alarms_(count), dues_(count) {}

  void play(int moves) {
    for (std::size_t i = 0; i < count; ++i) renew(i);
    for (int i = 0; i < moves; ++i) {
      act();
      if (roll(8) == 0) run();
      if (late_or_wrong_ != 0) break;
    }
    now_ += 1h;
    run();
    CHECK(late_or_wrong_ == 0);
    CHECK(fired_ > moves / 100);
  }

 private:
  static constexpr std::size_t count = 3000;

  std::size_t roll(std::size_t sides) { return std::uniform_int_distribution<std::size_t>(0, sides - 1)(dice_); }

  void renew(std::size_t i) {
    forget(i);
    alarms_[i] = std::make_unique<Alarm>([this, i] { on_fire(i); });
  }

  void forget(std::size_t i) {
    due_in_this_run_.erase(i);
    if (!dues_[i]) return;
    model_.erase(*dues_[i]);
    dues_[i].reset();
  }

  void set(std::size_t i) {
    const TimePoint due = now_ + std::chrono::milliseconds(roll(1000)) - 100ms;
    forget(i);
    dues_[i] = model_.emplace(due, i);
    queue_.set(*alarms_[i], due);
  }

  void set_now(std::size_t i) {
    const bool anyway = due_in_this_run_.contains(i) || (dues_[i] && (*dues_[i])->first == TimePoint{});
    if (!anyway) {
      forget(i);
      dues_[i] = model_.emplace(TimePoint{}, i);
    }
    queue_.set_now(*alarms_[i]);
  }

  void act() {
    const std::size_t i = roll(count);
    const std::size_t what = roll(10);
    if (what < 5) return set(i);
    if (what < 7) return set_now(i);
    if (what < 9) {
      forget(i);
      queue_.cancel(*alarms_[i]);
    } else if (!firing_.contains(i)) {
      renew(i);
    }
  }

  void on_fire(std::size_t i) {
    ++fired_;
    if (!due_in_this_run_.contains(i) || alarms_[i]->is_set() || (*dues_[i])->first < last_) ++late_or_wrong_;
    last_ = (*dues_[i])->first;
    forget(i);
    firing_.insert(i);
    for (std::size_t more = roll(4); more > 0; --more) act();
    firing_.erase(i);
  }

  void run() {
    now_ += std::chrono::milliseconds(roll(20));
    if (!model_.empty() && queue_.next() > model_.begin()->first) ++late_or_wrong_;
    for (auto i = model_.begin(); i != model_.end() && i->first <= now_; ++i) due_in_this_run_.insert(i->second);
    last_ = TimePoint{};
    queue_.run(now_);
    if (!due_in_this_run_.empty()) ++late_or_wrong_;
  }

  using Model = std::multimap<TimePoint, std::size_t>;

  std::mt19937 dice_;
  TimerQueue queue_;
  std::vector<std::unique_ptr<Alarm>> alarms_;
  Model model_;
  std::vector<std::optional<Model::iterator>> dues_;
  std::set<std::size_t> due_in_this_run_;
  std::set<std::size_t> firing_;
  TimePoint now_ = start;
  TimePoint last_;
  int fired_ = 0;
  int late_or_wrong_ = 0;
};

TEST_CASE("a timer that is forgotten has no place in the queue", "[engine]") {
  struct Alarm final : Timer {
    void on_time() noexcept override { ++fired; }
    int fired = 0;
  } alarm;
  TimerQueue queue;
  queue.set(alarm, start);
  queue.cancel(alarm);
  CHECK(queue.next() == start);
  queue.forget(alarm);
  CHECK(queue.next() == never);
  queue.set(alarm, start);
  queue.forget(alarm);
  CHECK(queue.next() == never);
  CHECK_FALSE(alarm.is_set());
  queue.run(start);
  CHECK(alarm.fired == 0);
}

TEST_CASE("timers set for now fire in the next run in the order of the calls, whatever the time", "[engine]") {
  TimerQueue queue;
  std::string heard;
  Alarm a([&] { heard += 'a'; });
  Alarm b([&] { heard += 'b'; });
  Alarm due([&] { heard += 'd'; });
  queue.set(due, start);
  queue.set(b, start + 5s);
  queue.set_now(b);
  queue.set_now(a);
  queue.set_now(b);
  CHECK(b.is_set());
  CHECK(queue.next() <= start);
  queue.run(start);
  CHECK(heard == "bad");
  CHECK_FALSE(b.is_set());
  queue.run(start + 6s);
  CHECK(heard == "bad");
  CHECK(queue.next() == never);
}

TEST_CASE("a timer set for now can be cancelled, moved, forgotten and destroyed", "[engine]") {
  TimerQueue queue;
  Alarm cancelled, moved, forgotten;
  {
    Alarm dies;
    queue.set_now(dies);
  }
  queue.set_now(cancelled);
  queue.set_now(moved);
  queue.set_now(forgotten);
  queue.cancel(cancelled);
  queue.set(moved, start + 1s);
  queue.forget(forgotten);
  queue.run(start);
  CHECK(cancelled.rung + moved.rung + forgotten.rung == 0);
  queue.run(start + 1s);
  CHECK(moved.rung == 1);
}

TEST_CASE("a timer that is set for now while others fire waits for the next run", "[engine]") {
  TimerQueue queue;
  int fired = 0;
  std::unique_ptr<Alarm> again, other;
  other = std::make_unique<Alarm>([&] { fired += 100; });
  again = std::make_unique<Alarm>([&] {
    if (++fired == 1) {
      queue.set_now(*again);
      queue.set_now(*other);
    }
  });
  queue.set_now(*again);
  queue.run(start);
  CHECK(fired == 1);
  queue.cancel(*again);
  queue.set_now(*again);
  queue.run(start);
  CHECK(fired == 102);
}

TEST_CASE("thousands of timers behave like a sorted list of them", "[engine]") {
  for (std::uint32_t seed = 1; seed <= 3; ++seed) Crowd(seed).play(20000);
}

}  // namespace
}  // namespace cxxproxy::engine
