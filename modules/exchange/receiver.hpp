// Receiving one answer over HTTP/1 and handing it to the client.
#pragma once

#include "backend/connection.hpp"
#include "exchange/answer.hpp"
#include "exchange/client.hpp"
#include "wire/response_reader.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace cxxproxy::exchange {

class Receiver {
 public:
  using State = Answer::State;

  // `reader` outlives it and is its own meanwhile.
  explicit Receiver(wire::ResponseReader& reader) noexcept : reader_(reader) {}

  // A new attempt.
  void begin(const wire::ResponseReader::Options& options, std::string_view protocol = {});
  void request_sent() noexcept { answer_.request_sent(); }

  // A first read may bring something without any sign from the descriptor.
  void expect() noexcept { more_ = true; }

  // Reads once, at most `buffer`, and hands on what that brings. Afterwards State::Reading with more() true means that
  // another read may bring something without waiting.
  State read(backend::Connection& connection, Client& client, std::span<char> buffer);

  // The client can take more: hands on what was kept back.
  State resume(Client& client) { return answer_.deliver(client, more_); }

  // The last read may have left something, so the next may bring something without any sign from the descriptor.
  bool more() const noexcept { return more_; }
  // The other protocol's bytes that came with the 101; in the same turn.
  std::string_view behind_switch() const noexcept { return behind_switch_; }
  bool started() const noexcept { return reader_.started(); }
  const Answer& answer() const noexcept { return answer_; }

 private:
  bool relay(backend::Connection& connection, Client& client);
  State digest(Client& client, std::string_view bytes);
  std::optional<State> on(const wire::NeedMore&, Client& client) { return answer_.deliver(client, more_); }
  std::optional<State> on(const wire::Interim& interim, Client& client) {
    return answer_.interim(interim.head, client);
  }
  std::optional<State> on(const wire::Head& head, Client& client) { return answer_.head(head, client); }
  std::optional<State> on(const wire::Chunk& chunk, Client& client) { return answer_.body(chunk.data, client); }
  std::optional<State> on(const wire::End& end, Client&) { return answer_.end(end.trailers, end.reusable); }
  std::optional<State> on(const wire::Broken& broken, Client&) { return answer_.broken(broken.fault); }

  // With less to come of a body, asking the client to take it from the connection is not worth it.
  static constexpr std::uint64_t relay_least = 1 << 18;

  wire::ResponseReader& reader_;
  bool more_ = false;
  std::string_view behind_switch_;
  Answer answer_;
};

}  // namespace cxxproxy::exchange
