#include "exchange/receiver.hpp"

#include <variant>

namespace cxxproxy::exchange {
namespace {

constexpr int switching_protocols = 101;
constexpr int continue_status = 100;

}  // namespace

void Receiver::begin(const wire::ResponseReader::Options& options) {
  reader_.start(options);
  more_ = noted_ = head_passed_ = continue_seen_ = discarding_ = reusable_ = false;
  trailers_ = {};
  discarded_ = 0;
  status_ = 0;
  fault_ = wire::Fault::ClosedBeforeAnswer;
  error_ = 0;
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
      more_ = got.bytes == buffer.size();
      return digest(client, {buffer.data(), got.bytes});
    case backend::IoResult::State::WouldBlock:
      return flush(client);
    case backend::IoResult::State::Failed:
      error_ = got.error;
      return State::Failed;
    case backend::IoResult::State::Closed:
      break;
  }
  const std::optional<State> state =
      std::visit([&](const auto& event) { return on(event, client); }, reader_.on_close());
  return state.value_or(State::Broken);
}

// A long body need not pass through the buffer.
bool Receiver::relay(backend::Connection& connection, Client& client) {
  if (reader_.sized_left() < relay_least || discarding_) return false;
  const std::size_t bytes = client.relay(connection, reader_.sized_left());
  if (bytes == 0) return false;
  reader_.skip(bytes);
  noted_ = true;
  return true;
}

Receiver::State Receiver::digest(Client& client, std::string_view bytes) {
  for (;;) {
    const wire::Event event = reader_.on_bytes(bytes);
    const std::optional<State> state = std::visit([&](const auto& kind) { return on(kind, client); }, event);
    if (!state) continue;
    if (*state == State::Complete && !bytes.empty()) reusable_ = false;
    return *state;
  }
}

std::optional<Receiver::State> Receiver::on(const wire::NeedMore&, Client& client) {
  // What the client noted lies in the buffer that the next read fills. When that read would wait, nothing is held back.
  return noted_ ? deliver(client) : State::Reading;
}

std::optional<Receiver::State> Receiver::on(const wire::Interim& interim, Client& client) {
  if (interim.head.status == switching_protocols) return State::Unasked;
  if (interim.head.status == continue_status) continue_seen_ = true;
  client.interim(interim.head);
  return std::nullopt;
}

std::optional<Receiver::State> Receiver::on(const wire::Head& head, Client& client) {
  status_ = head.head.status;
  switch (client.head(head)) {
    case HeadUse::Pass:
      head_passed_ = true;
      noted_ = true;
      break;
    case HeadUse::Discard:
      discarding_ = true;
      break;
    case HeadUse::Refuse:
      return State::Unasked;
  }
  return std::nullopt;
}

std::optional<Receiver::State> Receiver::on(const wire::Chunk& chunk, Client& client) {
  if (!discarding_) {
    client.body(chunk.data);
    noted_ = true;
    return std::nullopt;
  }
  discarded_ += chunk.data.size();
  if (discarded_ <= discard_limit) return std::nullopt;
  return State::Complete;  // and not reusable
}

std::optional<Receiver::State> Receiver::on(const wire::End& end, Client&) {
  reusable_ = end.reusable;
  trailers_ = end.trailers;
  return State::Complete;
}

std::optional<Receiver::State> Receiver::on(const wire::Broken& broken, Client&) {
  fault_ = broken.fault;
  return State::Broken;
}

Receiver::State Receiver::deliver(Client& client) {
  switch (client.deliver(!more_)) {
    case Flow::Ready:
      noted_ = more_;
      return State::Reading;
    case Flow::Full:
      return State::ClientFull;
    case Flow::Gone:
      break;
  }
  return State::ClientGone;
}

// The next read may be long in coming: the client gets all there is.
Receiver::State Receiver::flush(Client& client) {
  more_ = false;
  return noted_ ? deliver(client) : State::Reading;
}

}  // namespace cxxproxy::exchange
