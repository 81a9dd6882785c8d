#include "backend/address_book.hpp"

#include <optional>
#include <utility>

namespace cxxproxy::backend {

struct AddressBook::Lookup {
  std::optional<Result<EndpointList>> outcome;
};

AddressBook::AddressBook(Origin origin, std::chrono::seconds ttl, const engine::Clock& clock, Resolver resolver)
    : origin_(std::move(origin)), ttl_(ttl), clock_(clock), resolver_(std::move(resolver)) {}

// An expired list goes on serving while somebody fetches the next one.
bool AddressBook::usable() const {
  return list_ && (under_way_ || expires_ == engine::never || clock_.now() < expires_);
}

EndpointList AddressBook::cached() const {
  const std::lock_guard guard(mutex_);
  return usable() ? list_ : nullptr;
}

Result<EndpointList> AddressBook::lookup_blocking() {
  if (ttl_.count() == 0) return call_resolver();
  std::unique_lock lock(mutex_);
  if (usable()) return list_;
  if (under_way_) return wait_for(under_way_, lock);
  const auto mine = under_way_ = std::make_shared<Lookup>();
  lock.unlock();
  auto outcome = call_resolver();
  lock.lock();
  mine->outcome = outcome;
  remember(outcome);
  lookup_done_.notify_all();
  return outcome;
}

// Out of memory ends the process here, as it does in APR: thrown, it would leave those who wait without an outcome.
Result<EndpointList> AddressBook::call_resolver() const noexcept {
  auto endpoints = resolver_(origin_);
  if (!endpoints) return endpoints.error();
  return EndpointList(std::make_shared<const Endpoints>(*std::move(endpoints)));
}

Result<EndpointList> AddressBook::wait_for(std::shared_ptr<Lookup> lookup, std::unique_lock<std::mutex>& lock) {
  lookup_done_.wait(lock, [&] { return lookup->outcome.has_value(); });
  return *lookup->outcome;
}

void AddressBook::remember(const Result<EndpointList>& outcome) {
  under_way_.reset();
  list_ = outcome ? *outcome : nullptr;
  expires_ = ttl_.count() < 0 ? engine::never : engine::deadline_after(clock_.now(), ttl_);
}

void AddressBook::forget(const EndpointList& list) {
  const std::lock_guard guard(mutex_);
  if (list_ == list) list_.reset();
}

}  // namespace cxxproxy::backend
