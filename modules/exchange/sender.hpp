// Sending one request to one backend: the head, then the body as its framing says.
#pragma once

#include "backend/connection.hpp"
#include "exchange/client.hpp"
#include "exchange/request_body.hpp"

#include <array>
#include <string>
#include <string_view>

namespace cxxproxy::exchange {

class Sender {
 public:
  enum class State : std::uint8_t {
    Blocked,        // the backend does not take more now
    More,           // it may: it has had its share of this turn
    NeedsBody,      // the client has no more body now
    NeedsContinue,  // the backend must say 100 first
    Complete,
    BackendFailed,  // `error()` is the errno
    ClientFailed,   // `status()` is what the client deserves, 0 when it is gone; `error()` why
  };

  // A new attempt. The head is what `head` holds from now on; it must not change until Complete. `extra_crlf`: a line
  // end behind the body, which some old backends want.
  void begin(std::string_view head, const BodyPlan& plan, bool wait_for_continue, bool extra_crlf = false);

  State advance(backend::Connection& connection, Client& client, RequestBody& body);

  // The backend said 100: the body may go out.
  void continue_now() noexcept { wait_for_continue_ = false; }

  // The backend wants no more of the body: what is left of it is not sent.
  void stop() noexcept { stopped_ = true; }

  // Every byte of the request is with the backend's socket.
  bool sent_all() const noexcept { return state_ == State::Complete && body_ended_; }
  State state() const noexcept { return state_; }
  int error() const noexcept { return error_; }
  int status() const noexcept { return status_; }

 private:
  bool write_pending(backend::Connection& connection);
  State load(Client& client, RequestBody& body);
  void queue(std::string_view bytes);
  void queue_body(std::string_view bytes);
  bool pending() const noexcept { return first_ < count_; }

  std::array<std::string_view, 4> parts_{};  // head, chunk prefix, data, chunk end: lent, still to be written
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  char prefix_[18];
  BodyPlan plan_;
  bool only_head_queued_ = false;
  bool wait_for_continue_ = false;
  bool extra_crlf_ = false;
  bool body_ended_ = false;
  bool stopped_ = false;
  State state_ = State::Complete;
  int error_ = 0;
  int status_ = 0;
};

}  // namespace cxxproxy::exchange
