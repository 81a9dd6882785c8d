#include "exchange/receiver.hpp"

#include <variant>

namespace cxxproxy::exchange {

void Receiver::begin(const wire::ResponseReader::Options& options, std::string_view protocol) {
  reader_.start(options);
  answer_.begin(protocol);
  more_ = false;
}

Receiver::State Receiver::read(backend::Connection& connection, Client& client, std::span<char> buffer) {
  more_ = false;
  if (relay(connection, client)) {
    more_ = true;
    return digest(client, {});
  }
  const backend::IoResult got = connection.read(buffer);
  switch (got.state) {
    case backend::IoResult::State::Ok:
      more_ = got.bytes == buffer.size() || connection.holds_bytes();
      return digest(client, {buffer.data(), got.bytes});
    case backend::IoResult::State::WouldBlock:
      // The next read may be long in coming: the client gets all there is.
      return answer_.deliver(client, false);
    case backend::IoResult::State::Failed:
      return answer_.failed(got.error);
    case backend::IoResult::State::Closed:
      break;
  }
  const std::optional<State> state =
      std::visit([&](const auto& event) { return on(event, client); }, reader_.on_close());
  return state.value_or(State::Broken);
}

// A long body need not pass through the buffer.
bool Receiver::relay(backend::Connection& connection, Client& client) {
  if (reader_.sized_left() < relay_least || answer_.discarding() || !connection.splices()) return false;
  const std::size_t bytes = client.relay(connection, reader_.sized_left());
  if (bytes == 0) return false;
  reader_.skip(bytes);
  answer_.relayed();
  return true;
}

Receiver::State Receiver::digest(Client& client, std::string_view bytes) {
  for (;;) {
    const wire::Event event = reader_.on_bytes(bytes);
    const std::optional<State> state = std::visit([&](const auto& kind) { return on(kind, client); }, event);
    if (!state) continue;
    // What came along is the other protocol's.
    if (*state == State::Switched && !bytes.empty()) client.body(bytes);
    if (*state == State::Switched) behind_switch_ = bytes;
    if (*state == State::Complete && !bytes.empty()) answer_.not_reusable();
    return *state;
  }
}

}  // namespace cxxproxy::exchange
