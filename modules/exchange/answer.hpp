// What has come of the answer of one attempt, and how it goes to the client: the same whatever protocol brings it.
#pragma once

#include "exchange/client.hpp"
#include "wire/response_reader.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cxxproxy::exchange {

class Answer {
 public:
  enum class State : std::uint8_t {
    Reading,     // waits for the backend
    ClientFull,  // the client does not read
    Complete,    // the answer is over; the client has yet to be told, with trailers(). See reusable()
    ClientGone,
    Broken,    // not a valid answer: fault()
    Failed,    // the connection broke: error() is the errno
    Unasked,   // the backend switched to a protocol that nobody asked for, or its head may not be passed on
    Switched,  // to the protocol that was asked for, and the client with it: what comes now is no HTTP
  };

  // A new attempt. `protocol`: what it asks to switch to; empty: nothing. It outlives the attempt.
  void begin(std::string_view protocol = {}) noexcept {
    *this = Answer();
    protocol_ = protocol;
  }

  // All of the request is sent: before that the protocol cannot be switched.
  void request_sent() noexcept { request_sent_ = true; }

  // Parts of it, in the order in which they come. Nothing: more may come.
  std::optional<State> interim(const wire::ResponseHead& head, Client& client);
  std::optional<State> head(const wire::Head& head, Client& client);
  std::optional<State> body(std::string_view bytes, Client& client);
  State end(std::span<const wire::Field> trailers, bool reusable) noexcept;
  State broken(wire::Fault fault) noexcept;
  State failed(int error) noexcept;

  // More came than the answer.
  void not_reusable() noexcept { reusable_ = false; }

  // The client has taken bytes of the body by itself: see Client::relay().
  void relayed() noexcept { noted_ = true; }

  // Hands on what the client has noted, if anything. `more`: it is not the last for the moment, so something may be
  // held back, and later be asked for with another call.
  State deliver(Client& client, bool more);

  // The backend has switched, and to a WebSocket.
  bool websocket() const noexcept { return websocket_; }

  bool head_passed() const noexcept { return head_passed_; }
  bool continue_seen() const noexcept { return continue_seen_; }
  bool discarding() const noexcept { return discarding_; }
  std::span<const wire::Field> trailers() const noexcept { return trailers_; }
  bool reusable() const noexcept { return reusable_; }
  int status() const noexcept { return status_; }
  wire::Fault fault() const noexcept { return fault_; }
  int error() const noexcept { return error_; }

 private:
  std::optional<State> switched(const wire::ResponseHead& head, Client& client);

  // An answer that is read away may not be endless.
  static constexpr std::uint64_t discard_limit = 1 << 20;

  std::string_view protocol_;
  bool request_sent_ = false;
  bool noted_ = false;  // the client has something that was not delivered, or not flushed, yet
  bool websocket_ = false;
  bool head_passed_ = false;
  bool continue_seen_ = false;
  bool discarding_ = false;
  bool reusable_ = false;
  int status_ = 0;
  int error_ = 0;
  wire::Fault fault_ = wire::Fault::ClosedBeforeAnswer;
  std::uint64_t discarded_ = 0;
  std::span<const wire::Field> trailers_;
};

}  // namespace cxxproxy::exchange
