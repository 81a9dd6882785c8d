#include "exchange/http2_links.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <new>

namespace cxxproxy::exchange {
namespace {

using backend::Http2Link;
using backend::Http2Session;

constexpr std::size_t everybody = std::numeric_limits<std::size_t>::max();

// Connections on one thread above which an idle one goes for each that comes: keys may be as many as clients can think
// of.
constexpr std::size_t most_links = 256;

// A connection that was idle for so long is asked for a sign of life when it is used again, with `ping=`.
constexpr engine::Duration fresh_enough = std::chrono::seconds(1);

// How often an idle connection of a pool with a limit looks whether somebody waits for its slot.
constexpr engine::Duration limited_pace = std::chrono::milliseconds(100);

backend::Http2Limits limits_for(const Target& target) {
  backend::Http2Limits limits;
  limits.streams = target.streams;
  limits.head = target.answer.limits.head;
  limits.field = target.answer.limits.line;
  limits.fields = target.answer.limits.fields;
  limits.interims = target.answer.limits.interims;
  return limits;
}

backend::Http2Patience patience_for(const Target& target) {
  backend::Http2Patience patience;
  if (!target.ping) return patience;
  patience.silence = *target.ping;
  patience.pong = *target.ping;
  return patience;
}

bool takes_streams(const Http2Link& link) { return link.session().state() == Http2Session::State::Open; }

// Before the backend has said how many it takes there is one stream only: others might be refused.
bool is_new(const Http2Link& link) { return takes_streams(link) && !link.session().is_greeted(); }

}  // namespace

// All there is for one pool and key.
struct Http2Links::Place {
  Key key;
  std::vector<Entry*> links;  // in the order in which they came
  Seeker* dialer = nullptr;
  std::vector<Seeker*> waiting;
};

struct Http2Links::Entry final : backend::Http2LinkOwner {
  Entry(Http2Links& links, Number count) noexcept : home(links), number(count) {}

  void on_turn(Http2Link&) noexcept override { home.turned(*this); }
  void on_leaving(Http2Link&) noexcept override { home.leaves(*this); }
  void on_done(Http2Link&) noexcept override {
    done = true;
    if (holds == 0) home.remove(*this);
  }

  Http2Links& home;
  const Number number;
  backend::Lease lease;  // ends after its link
  std::shared_ptr<Place> place;
  bool shared = false;
  bool used = false;
  bool greeted = false;
  bool done = false;
  unsigned holds = 0;  // streams are about to be opened
  engine::Duration ttl{};
  std::uint32_t streams = 0;
  const backend::Pool* limited = nullptr;  // its pool, if that has only so many slots
  std::unique_ptr<Http2Link> link;
};

Http2Links::Http2Links(engine::Reactor& reactor, const Options& options) : reactor_(reactor), options_(options) {}

Http2Links::~Http2Links() {
  while (!links_.empty()) links_.pop_back();
}

Http2Links::Search Http2Links::seek(const Target& target, Seeker& seeker, Number seen) {
  if (seeker.dials_ || seeker.waits_) leave(seeker);
  seeker.place_.reset();
  seeker.failure_.reset();
  if (!target.pool || !target.reuse || target.fresh) return {Found::Dial, {}};
  const std::shared_ptr<Place>& place = place_for(target);
  if (Entry* const entry = link_with_room(*place, seen)) {
    const bool used = std::exchange(entry->used, true);
    Http2Link& link = *entry->link;
    if (target.ping && link.is_idle() && reactor_.now() - link.heard_at() > fresh_enough) {
      link.session().ping(reactor_.now());
    }
    ++entry->holds;
    return {Found::Link, {entry, &link, used}};
  }
  seeker.place_ = place;
  const bool connects = place->dialer || std::any_of(place->links.begin(), place->links.end(),
                                                     [](const Entry* entry) { return is_new(*entry->link); });
  if (!connects) {
    place->dialer = &seeker;
    seeker.dials_ = true;
    return {Found::Dial, {}};
  }
  place->waiting.push_back(&seeker);
  seeker.waits_ = true;
  return {Found::Wait, {}};
}

const std::shared_ptr<Http2Links::Place>& Http2Links::place_for(const Target& target) {
  const auto found = places_.find(KeyView(target.pool, target.pool_key));
  if (found != places_.end()) return found->second;
  Key key{target.pool, std::string(target.pool_key)};
  auto place = std::make_shared<Place>(Place{.key = key, .links = {}, .dialer = nullptr, .waiting = {}});
  return places_.emplace(std::move(key), std::move(place)).first->second;
}

// Nobody has it, or is about to.
bool Http2Links::is_idle(const Entry& entry) noexcept { return entry.holds == 0 && entry.link->is_idle(); }

bool Http2Links::has_room(const Entry& entry) noexcept {
  const Http2Link& link = *entry.link;
  return takes_streams(link) && link.session().has_room(entry.holds + 1) && (!is_new(link) || is_idle(entry));
}

Http2Links::Entry* Http2Links::link_with_room(Place& place, Number seen) noexcept {
  for (Entry* entry : place.links) {
    if (has_lain_too_long(*entry)) {
      entry->link->session().retire();
    } else if (entry->number > seen && has_room(*entry)) {
      return entry;
    }
  }
  return nullptr;
}

bool Http2Links::has_lain_too_long(const Entry& entry) const noexcept {
  return entry.ttl.count() > 0 && is_idle(entry) && reactor_.now() - entry.link->idle_since() >= entry.ttl;
}

Http2Links::Hold Http2Links::add(Seeker& seeker, const Target& target, HandedOver made) {
  make_room();
  links_.reserve(links_.size() + 1);
  auto entry = std::make_unique<Entry>(*this, ++newest_);
  entry->lease = std::move(made.lease);
  entry->shared = seeker.dials_;
  entry->used = true;
  entry->limited = target.pool && target.pool->settings().max != 0 ? target.pool : nullptr;
  entry->streams = target.streams;
  entry->ttl = target.pool ? target.pool->settings().ttl : engine::Duration::zero();
  const std::shared_ptr<Place> place = seeker.place_;
  if (place) place->links.reserve(place->links.size() + 1);
  entry->link = std::make_unique<Http2Link>(std::move(made.connection), reactor_, limits_for(target),
                                            patience_for(target), *entry);
  if (place) {
    entry->place = place;
    place->links.push_back(entry.get());
    stop_dialing(seeker);
  }
  entry->holds = 1;
  links_.push_back(std::move(entry));
  return {links_.back().get(), links_.back()->link.get(), false};
}

// There may be room some time.
bool Http2Links::goes_on(const Place& place) noexcept {
  return std::any_of(place.links.begin(), place.links.end(),
                     [](const Entry* entry) { return takes_streams(*entry->link); });
}

void Http2Links::failed(Seeker& seeker, const Failure& why) noexcept {
  const std::shared_ptr<Place> place = seeker.place_;
  if (!place || !seeker.dials_) return;
  stop_dialing(seeker);
  tell(*place, everybody, goes_on(*place) ? nullptr : &why);
  drop_if_unused(*place);
}

bool Http2Links::wait_instead(Seeker& seeker, const Target& target) {
  const std::shared_ptr<Place> place = seeker.place_;
  if (!place || !seeker.dials_ || !goes_on(*place)) {
    if (Entry* const longest = longest_idle(target.pool)) longest->link->session().retire();
    return false;
  }
  place->waiting.push_back(&seeker);
  stop_dialing(seeker);
  seeker.place_ = place;
  seeker.waits_ = true;
  return true;
}

void Http2Links::stop_dialing(Seeker& seeker) noexcept {
  const std::shared_ptr<Place> place = std::exchange(seeker.place_, nullptr);
  seeker.dials_ = false;
  place->dialer = nullptr;
}

void Http2Links::leave(Seeker& seeker) noexcept {
  seeker.failure_.reset();
  const std::shared_ptr<Place> place = std::exchange(seeker.place_, nullptr);
  if (!place) return;
  if (std::exchange(seeker.waits_, false)) {
    std::erase(place->waiting, &seeker);
  } else {
    if (std::exchange(seeker.dials_, false)) place->dialer = nullptr;
    // What it was told, or was about to do, is another's now.
    tell(*place, 1);
  }
  drop_if_unused(*place);
}

// False: no memory for it, so that one has to ask again.
bool Http2Links::share(Seeker& seeker, const Failure& why) noexcept {
  try {
    seeker.failure_ = why;
    return true;
  } catch (const std::bad_alloc&) {
    seeker.failure_.reset();
    return false;
  }
}

// The first of those who wait. They stay with the place until they have asked again, see leave().
void Http2Links::tell(Place& place, std::size_t most, const Failure* why) noexcept {
  const std::size_t count = std::min(most, place.waiting.size());
  for (std::size_t i = 0; i < count; ++i) {
    Seeker& seeker = *place.waiting[i];
    seeker.waits_ = false;
    if (why && share(seeker, *why)) seeker.place_.reset();
    seeker.on_link_news();
  }
  place.waiting.erase(place.waiting.begin(), place.waiting.begin() + static_cast<std::ptrdiff_t>(count));
  if (options_.common && count > 0) reactor_.wake();  // whoever runs the loop for those told may be asleep
}

void Http2Links::drop_if_unused(Place& place) noexcept {
  if (!place.links.empty() || place.dialer || !place.waiting.empty()) return;
  const auto found = places_.find(KeyView(place.key.pool, place.key.name));
  if (found != places_.end() && found->second.get() == &place) places_.erase(found);
}

// Its owners have been called: streams may have ended, and with them the use of the connection.
void Http2Links::turned(Entry& entry) noexcept {
  Http2Link& link = *entry.link;
  if (link.session().is_greeted() && !std::exchange(entry.greeted, true) && entry.place) {
    tell(*entry.place, everybody);  // it may be full already: then one of them makes another
  } else if (entry.place && !entry.place->waiting.empty() && has_room(entry)) {
    const std::uint32_t streams = link.session().streams() + entry.holds;
    tell(*entry.place, streams < entry.streams ? entry.streams - streams : 1);
  }
  if (!takes_streams(link) || entry.holds > 0) return;
  if ((link.is_idle() && has_ended(entry)) || is_awaited(entry)) return link.session().retire();
  if (link.is_idle()) plan_sweep(next_look(entry));
}

// Others wait for its slot: they get it as soon as its streams have ended, and who comes then waits for them.
bool Http2Links::is_awaited(const Entry& entry) const noexcept {
  return entry.limited && entry.limited->stats().waiting > 0;
}

// At an idle one.
engine::TimePoint Http2Links::next_look(const Entry& entry) const noexcept {
  const engine::TimePoint end =
      entry.ttl.count() > 0 ? engine::deadline_after(entry.link->idle_since(), entry.ttl) : engine::never;
  return entry.limited ? std::min(end, engine::deadline_after(reactor_.now(), limited_pace)) : end;
}

// It is idle, and nobody comes any more.
bool Http2Links::has_ended(const Entry& entry) const noexcept {
  if (!entry.shared || draining_) return true;
  return entry.limited && !options_.keeps_limited;
}

void Http2Links::leaves(Entry& entry) noexcept {
  if (entry.place) tell(*entry.place, everybody);
}

void Http2Links::remove(Entry& entry) noexcept {
  const auto found = std::find_if(links_.begin(), links_.end(), [&](const auto& one) { return one.get() == &entry; });
  const std::unique_ptr<Entry> last = std::move(*found);
  links_.erase(found);
  if (const std::shared_ptr<Place> place = last->place) {
    std::erase(place->links, last.get());
    drop_if_unused(*place);
  }
}

void Http2Links::let_go(Hold& hold) noexcept {
  Entry* const entry = std::exchange(hold, {}).entry;
  if (!entry) return;
  --entry->holds;
  if (entry->done && entry->holds == 0) return remove(*entry);
  // Without a stream no turn follows in which this would be seen.
  if (!entry->done && (is_idle(*entry) || (entry->place && !entry->place->waiting.empty()))) turned(*entry);
}

// Of those that hold a slot of a pool with a limit; null: of all.
Http2Links::Entry* Http2Links::longest_idle(const backend::Pool* limited) const noexcept {
  Entry* longest = nullptr;
  for (const auto& entry : links_) {
    if (!is_idle(*entry) || !takes_streams(*entry->link) || (limited && entry->limited != limited)) continue;
    if (!longest || entry->link->idle_since() < longest->link->idle_since()) longest = entry.get();
  }
  return longest;
}

void Http2Links::make_room() noexcept {
  if (links_.size() < most_links) return;
  if (Entry* const longest = longest_idle(nullptr)) longest->link->session().retire();
}

void Http2Links::drain() noexcept {
  draining_ = true;
  for (const auto& entry : links_) {
    if (is_idle(*entry)) entry->link->session().retire();
  }
}

void Http2Links::plan_sweep(engine::TimePoint due) noexcept {
  if (due == engine::never || (is_set() && this->due() <= due)) return;
  try {
    reactor_.timers().set(*this, due);
  } catch (const std::bad_alloc&) {
    // The next look-up of that connection closes it.
  }
}

void Http2Links::on_time() noexcept {
  engine::TimePoint next = engine::never;
  for (const auto& entry : links_) {
    if (!is_idle(*entry) || !takes_streams(*entry->link)) continue;
    if (has_lain_too_long(*entry) || is_awaited(*entry)) {
      entry->link->session().retire();
    } else {
      next = std::min(next, next_look(*entry));
    }
  }
  plan_sweep(next);
}

}  // namespace cxxproxy::exchange
