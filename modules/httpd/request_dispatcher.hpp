// The backend's side of an exchange for one request: asks for a member, builds the head for it, keeps its books.
#pragma once

#include "httpd/member_choice.hpp"
#include "httpd/request_head.hpp"
#include "httpd/request_switches.hpp"

#include "exchange/dispatcher.hpp"

namespace cxxproxy::httpd {

// Of the thread that serves the request; r->filename is "proxy:URL" in canonical form and follows the member chosen.
class RequestDispatcher final : public exchange::Dispatcher {
 public:
  RequestDispatcher(request_rec* r, const char* url);

  std::optional<exchange::Target> choose(exchange::Failure& why) override;
  bool write_head(std::string& out, const exchange::BodyPlan& plan) override;
  bool write_head(backend::Http2RequestHead& out, const exchange::BodyPlan& plan) override;
  bool has_trailer() const override;
  bool write_trailer(backend::Http2RequestHead& out) override;
  void connected(const exchange::Carrier& carrier) override;
  exchange::Next failed(const exchange::Failure& failure, bool repeatable) override;
  void finished(std::uint64_t sent, std::uint64_t received) override;
  bool idempotent() const override;

  // A whole answer with this status is with the client: failonstatus may hold it against the member.
  void answered(int status);

  // The request is no longer in flight at its member.
  void leave_member() noexcept { choice_.leave(); }

  // The backend must say 100 before it gets the body; decided before a member is known, from the request alone.
  void expect_continue(bool forwarded) noexcept { continue_forwarded_ = forwarded; }

  // The backend, or one of those that may be chosen, speaks HTTP/2.
  bool may_use_http2() const { return choice_.may_use_http2(); }

  // Whether a client may hear that the member at hand speaks these protocols, too.
  bool may_offer(std::string_view protocols) const noexcept;

  const Balancer* balancer() const noexcept { return choice_.balancer(); }
  const Member* member() const noexcept { return choice_.member(); }

  // Host and port of the URL at hand, for messages.
  const char* host() const noexcept { return choice_.url().origin ? choice_.url().origin->host : ""; }
  int port() const noexcept { return choice_.url().origin ? choice_.url().origin->port : 0; }

 private:
  HeadContext head_context() const;
  void mark_failed(balance::Reason reason);
  void refuse_without_tls(const exchange::Failure& why);
  bool lacks_upgrade(const BackendUrl& url);
  std::size_t retries_allowed() const;

  request_rec* r_;
  MemberChoice choice_;
  Switches switches_;  // as they are for the attempt at hand
  std::size_t retries_ = 0;
  bool continue_forwarded_ = false;
};

}  // namespace cxxproxy::httpd
