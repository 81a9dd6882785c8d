// The backend's side of an exchange for one request: finds the member, builds its head, keeps the member's books.
#pragma once

#include "httpd/config.hpp"
#include "httpd/shared_state.hpp"

#include "exchange/dispatcher.hpp"

#include <string_view>

namespace cxxproxy::httpd {

// Of the thread that serves the request; r->filename is "proxy:URL" in canonical form and follows the member chosen.
class RequestDispatcher final : public exchange::Dispatcher {
 public:
  RequestDispatcher(request_rec* r, const char* url);

  std::optional<exchange::Target> choose(exchange::Failure& why) override;
  bool write_head(std::string& out, const exchange::BodyPlan& plan) override;
  void connected(const backend::Connection& connection) override;
  exchange::Next failed(const exchange::Failure& failure, bool repeatable) override;
  void finished(std::uint64_t sent, std::uint64_t received) override;
  bool idempotent() const override;

  // A whole answer with this status is with the client: failonstatus may hold it against the member.
  void answered(int status);

  // The request is no longer in flight at its member.
  void leave_member() noexcept { busy_ = BusyMark(); }

  // The backend must say 100 before it gets the body; decided before a member is known, from the request alone.
  void expect_continue(bool forwarded) noexcept { continue_forwarded_ = forwarded; }

  const Balancer* balancer() const noexcept { return balancer_; }
  const Member* member() const noexcept { return member_; }

  // Host and port of the URL at hand, for messages.
  const char* host() const noexcept { return host_; }
  int port() const noexcept { return port_; }

 private:
  bool choose_in_balancer(exchange::Failure& why);
  void choose_alone();
  void take_member(Member& member, const char* sticky_name, const char* route);
  bool read_url();
  bool is_served() const;
  exchange::Target target_for_member();
  exchange::Target target_of_its_own(const char* unix_path);
  void fill_in(exchange::Target& target) const;
  bool reuses() const;
  apr_interval_time_t timeout() const;
  void mark_failed(balance::Reason reason);
  std::size_t retries_allowed() const;
  std::optional<engine::Duration> patience_left(balance::Reason reason);
  bool pings() const;
  const char* expectation() const;

  request_rec* r_;
  const ServerConfig& config_;
  const char* url_;  // as it is now
  Balancer* balancer_ = nullptr;
  std::string_view balanced_path_;  // what follows balancer://name
  Member* member_ = nullptr;
  BusyMark busy_;
  const char* authority_ = "";
  const char* host_ = "";
  apr_port_t port_ = 0;
  const char* target_ = "/";
  std::size_t retries_ = 0;
  apr_time_t patience_ends_ = 0;  // 0: no wait for a member yet
  bool continue_forwarded_ = false;
};

// The member that stands in for targets nobody declared; made in post_config.
void define_generic_member(apr_pool_t* pool);
Member* generic_member() noexcept;

}  // namespace cxxproxy::httpd
