// Receiving one answer from one backend and handing it to the client.
#pragma once

#include "backend/connection.hpp"
#include "exchange/client.hpp"
#include "wire/response_reader.hpp"

#include <optional>
#include <span>

namespace cxxproxy::exchange {

class Receiver {
 public:
  enum class State : std::uint8_t {
    Reading,     // waits for the backend
    ClientFull,  // the client does not read
    Complete,    // the answer is over; the client has yet to be told, with trailers(). See reusable()
    ClientGone,
    Broken,   // not a valid answer: fault()
    Failed,   // the connection broke: error() is the errno
    Unasked,  // the backend switched to a protocol that nobody asked for, or its head may not be passed on
  };

  // `reader` outlives it and is its own meanwhile.
  explicit Receiver(wire::ResponseReader& reader) noexcept : reader_(reader) {}

  // A new attempt.
  void begin(const wire::ResponseReader::Options& options);

  // Reads once, at most `buffer`, and hands on what that brings. Afterwards State::Reading with more() true means that
  // another read may bring something without waiting.
  State read(backend::Connection& connection, Client& client, std::span<char> buffer);

  // The client can take more: hands on what was kept back.
  State resume(Client& client) { return deliver(client); }

  // The last read may have left something, so the next may bring something without any sign from the descriptor. Right
  // for plain sockets; what TLS has decrypted already shows in neither, so a TLS connection has to say this itself.
  bool more() const noexcept { return more_; }
  bool started() const noexcept { return reader_.started(); }
  bool head_passed() const noexcept { return head_passed_; }
  bool continue_seen() const noexcept { return continue_seen_; }
  bool discarding() const noexcept { return discarding_; }
  std::span<const wire::Field> trailers() const noexcept { return trailers_; }
  bool reusable() const noexcept { return reusable_; }
  int status() const noexcept { return status_; }
  wire::Fault fault() const noexcept { return fault_; }
  int error() const noexcept { return error_; }

 private:
  bool relay(backend::Connection& connection, Client& client);
  State digest(Client& client, std::string_view bytes);
  std::optional<State> on(const wire::NeedMore&, Client& client);
  std::optional<State> on(const wire::Interim& interim, Client& client);
  std::optional<State> on(const wire::Head& head, Client& client);
  std::optional<State> on(const wire::Chunk& chunk, Client& client);
  std::optional<State> on(const wire::End& end, Client& client);
  std::optional<State> on(const wire::Broken& broken, Client& client);
  State deliver(Client& client);
  State flush(Client& client);

  // An answer that is read away may not be endless.
  static constexpr std::uint64_t discard_limit = 1 << 20;

  // With less to come of a body, asking the client to take it from the connection is not worth it.
  static constexpr std::uint64_t relay_least = 1 << 18;

  wire::ResponseReader& reader_;
  bool more_ = false;
  bool noted_ = false;  // the client has something that was not delivered, or not flushed, yet
  bool head_passed_ = false;
  bool continue_seen_ = false;
  bool discarding_ = false;
  bool reusable_ = false;
  std::span<const wire::Field> trailers_;
  std::uint64_t discarded_ = 0;
  int status_ = 0;
  wire::Fault fault_ = wire::Fault::ClosedBeforeAnswer;
  int error_ = 0;
};

}  // namespace cxxproxy::exchange
