#include "exchange/sender.hpp"

#include "wire/request_writer.hpp"

namespace cxxproxy::exchange {
namespace {

// Pieces of the body in one turn before others get theirs.
constexpr int pieces_per_turn = 16;

}  // namespace

void Sender::begin(std::string_view head, const BodyPlan& plan, bool wait_for_continue, bool extra_crlf) {
  first_ = count_ = 0;
  plan_ = plan;
  wait_for_continue_ = wait_for_continue;
  extra_crlf_ = extra_crlf;
  body_ended_ = plan.framing == BodyPlan::Framing::None;
  stopped_ = false;
  state_ = State::Blocked;
  error_ = status_ = 0;
  queue(head);
  only_head_queued_ = true;
}

void Sender::queue(std::string_view bytes) {
  if (!bytes.empty()) parts_[count_++] = bytes;
}

void Sender::queue_body(std::string_view bytes) {
  if (plan_.framing != BodyPlan::Framing::Chunked) {
    queue(bytes);
    return;
  }
  queue({prefix_, wire::write_chunk_prefix(prefix_, bytes.size())});
  queue(bytes);
  queue(wire::chunk_end);
}

// Queues the next piece of the body behind what is queued; More means that there is something to write.
Sender::State Sender::load(Client& client, RequestBody& body) {
  if (body_ended_ || stopped_) return State::Complete;
  if (wait_for_continue_) return State::NeedsContinue;
  const BodyRead read = body.next(client);
  switch (read.state) {
    case BodyRead::State::Bytes:
      queue_body(read.bytes);
      return State::More;
    case BodyRead::State::Wait:
      return State::NeedsBody;
    case BodyRead::State::End:
      body_ended_ = true;
      if (plan_.framing == BodyPlan::Framing::Chunked) queue(wire::last_chunk);
      if (extra_crlf_) queue("\r\n");
      return pending() ? State::More : State::Complete;
    case BodyRead::State::Failed:
      break;
  }
  status_ = read.status;
  error_ = read.error;
  return State::ClientFailed;
}

// False: the backend takes no more now, or never (error_).
bool Sender::write_pending(backend::Connection& connection) {
  while (pending()) {
    std::array<iovec, 4> vectors;
    std::size_t count = 0;
    for (std::size_t i = first_; i < count_; ++i) {
      vectors[count++] = {const_cast<char*>(parts_[i].data()), parts_[i].size()};
    }
    const backend::IoResult result = connection.write({vectors.data(), count});
    if (!result.ok()) {
      if (result.state != backend::IoResult::State::WouldBlock) error_ = result.error ? result.error : -1;
      return false;
    }
    for (std::size_t left = result.bytes; left > 0;) {
      const std::size_t step = left < parts_[first_].size() ? left : parts_[first_].size();
      parts_[first_].remove_prefix(step);
      left -= step;
      if (parts_[first_].empty()) ++first_;
    }
  }
  first_ = count_ = 0;
  return true;
}

Sender::State Sender::advance(backend::Connection& connection, Client& client, RequestBody& body) {
  if (state_ == State::Complete || state_ == State::BackendFailed || state_ == State::ClientFailed) return state_;
  for (int piece = 0; piece < pieces_per_turn; ++piece) {
    // The head and what is at hand of the body leave together; later pieces only when the one before is gone, because
    // they are lent.
    State loaded = State::More;
    if (!pending() || only_head_queued_) loaded = load(client, body);
    only_head_queued_ = false;
    if (loaded == State::ClientFailed) return state_ = loaded;
    if (!write_pending(connection)) return state_ = error_ ? State::BackendFailed : State::Blocked;
    if (loaded != State::More) return state_ = loaded;
  }
  return state_ = body_ended_ ? State::Complete : State::More;
}

}  // namespace cxxproxy::exchange
