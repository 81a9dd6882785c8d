// Whom a request is sent to: the member that its balancer chooses or that stands alone for its URL, and the URL there.
#pragma once

#include "httpd/backend_url.hpp"
#include "httpd/balancing.hpp"
#include "httpd/config.hpp"
#include "httpd/shared_state.hpp"

#include "exchange/dispatcher.hpp"

#include <vector>

namespace cxxproxy::httpd {

// Of the thread that serves the request. The request counts as in flight at the member chosen last until it leaves.
class MemberChoice {
 public:
  // `url` is what r->filename names behind "proxy:", in canonical form.
  MemberChoice(request_rec* r, const char* url);

  // Chooses, or chooses again. r->filename and the environment follow. False: nobody is there, and `why` says more.
  bool choose(exchange::Failure& why);

  // One of those that may be chosen speaks HTTP/2.
  bool may_use_http2() const;

  void leave() noexcept { busy_ = BusyMark(); }

  const Balancer* balancer() const noexcept { return balancer_; }
  Member* member() const noexcept { return member_; }      // null until one was chosen
  const BackendUrl& url() const noexcept { return url_; }  // at that member

 private:
  bool choose_in_balancer(exchange::Failure& why);
  void choose_alone();
  void take(Member& member, BusyMark busy);
  void go_to(Member& member, const Choice& choice);
  std::optional<engine::Duration> patience_left(balance::Reason reason);

  request_rec* r_;
  const Origin* origin_;  // of the URL asked for; null if that has to be read for it
  BackendUrl url_;
  Balancer* balancer_ = nullptr;
  std::string_view balanced_path_;  // what follows balancer://name
  Member* member_ = nullptr;
  std::vector<const Member*> tried_;  // and failed at
  BusyMark busy_;
  apr_time_t patience_ends_ = 0;  // 0: no wait for a member yet
};

// The member that stands in for targets nobody declared; made in post_config.
void define_generic_member(apr_pool_t* pool);
Member* generic_member() noexcept;

}  // namespace cxxproxy::httpd
