#include "backend/tls/sessions.hpp"

#include <algorithm>

namespace cxxproxy::backend {
namespace {

// Of one peer, whose tickets are spent by as many handshakes at once, before theirs have come.
constexpr int most_of_a_peer = 32;

// However long the backend says: what its certificate was found to be then must not count for ever.
constexpr long longest_life = 3600;

bool is_good(const SSL_SESSION* session, std::time_t now) {
  const long life = std::min(longest_life, static_cast<long>(SSL_SESSION_get_timeout(session)));
  return SSL_SESSION_is_resumable(session) == 1 && now < SSL_SESSION_get_time(session) + life;
}

}  // namespace

SslSession TlsSessions::take(const std::string& peer, std::time_t now) {
  const std::lock_guard guard(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.peer == peer && !is_good(entry.session.get(), now); });
  const auto found = std::ranges::find(entries_, peer, &Entry::peer);
  if (found == entries_.end()) return nullptr;
  SSL_SESSION* session = found->session.get();
  SSL_SESSION_up_ref(session);
  SslSession taken(session);
  if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION) entries_.erase(found);
  return taken;
}

void TlsSessions::put(const std::string& peer, SslSession session) {
  const std::lock_guard guard(mutex_);
  const bool only_one = SSL_SESSION_get_protocol_version(session.get()) < TLS1_3_VERSION;
  int kept = only_one ? 1 : most_of_a_peer;
  std::erase_if(entries_, [&](const Entry& entry) { return entry.peer == peer && --kept <= 0; });
  entries_.push_front({peer, std::move(session)});
  if (entries_.size() > most_) entries_.pop_back();
}

std::size_t TlsSessions::size() const {
  const std::lock_guard guard(mutex_);
  return entries_.size();
}

}  // namespace cxxproxy::backend
