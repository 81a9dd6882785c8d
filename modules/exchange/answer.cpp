#include "exchange/answer.hpp"

#include "wire/fields.hpp"

#include <algorithm>

namespace cxxproxy::exchange {
namespace {

constexpr int switching_protocols = 101;
constexpr int continue_status = 100;

}  // namespace

// RFC 9110 section 7.8: a 101 names what it switches to, and that is something that was asked for.
std::optional<Answer::State> Answer::switched(const wire::ResponseHead& head, Client& client) {
  const auto is_upgrade = [](const wire::Field& field) { return field.known == wire::FieldName::Upgrade; };
  const auto named = std::find_if(head.fields.begin(), head.fields.end(), is_upgrade);
  const bool asked_for =
      named != head.fields.end() && !protocol_.empty() && wire::list_contains(protocol_, named->value);
  if (!asked_for || !request_sent_) return State::Unasked;
  status_ = head.status;
  head_passed_ = true;
  websocket_ = wire::iequals(named->value, "websocket");
  return client.switch_protocols(head, named->value) ? State::Switched : State::ClientGone;
}

std::optional<Answer::State> Answer::interim(const wire::ResponseHead& head, Client& client) {
  if (head.status == switching_protocols) return switched(head, client);
  if (head.status == continue_status) continue_seen_ = true;
  client.interim(head);
  return std::nullopt;
}

std::optional<Answer::State> Answer::head(const wire::Head& head, Client& client) {
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

std::optional<Answer::State> Answer::body(std::string_view bytes, Client& client) {
  if (!discarding_) {
    client.body(bytes);
    noted_ = true;
    return std::nullopt;
  }
  discarded_ += bytes.size();
  if (discarded_ <= discard_limit) return std::nullopt;
  return State::Complete;  // and not reusable
}

Answer::State Answer::end(std::span<const wire::Field> trailers, bool reusable) noexcept {
  reusable_ = reusable;
  trailers_ = trailers;
  return State::Complete;
}

Answer::State Answer::broken(wire::Fault fault) noexcept {
  fault_ = fault;
  return State::Broken;
}

Answer::State Answer::failed(int error) noexcept {
  error_ = error;
  return State::Failed;
}

Answer::State Answer::deliver(Client& client, bool more) {
  if (!noted_) return State::Reading;
  switch (client.deliver(!more)) {
    case Flow::Ready:
      noted_ = more;
      return State::Reading;
    case Flow::Full:
      return State::ClientFull;
    case Flow::Gone:
      break;
  }
  return State::ClientGone;
}

}  // namespace cxxproxy::exchange
