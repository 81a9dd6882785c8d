#include "exchange/fakes.hpp"

#include "backend/http2/request_head.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "engine/pipe.hpp"

namespace cxxproxy::exchange::test {
namespace {

using Framing = BodyPlan::Framing;

std::vector<std::pair<std::string, std::string>> copy_of(std::span<const wire::Field> fields) {
  std::vector<std::pair<std::string, std::string>> copies;
  for (const wire::Field& field : fields) copies.emplace_back(field.name, field.value);
  return copies;
}

}  // namespace

BodyPiece bytes(std::string text) { return {BodyRead::State::Bytes, std::move(text), 0}; }
BodyPiece wait() { return {BodyRead::State::Wait, {}, 0}; }
BodyPiece failed(int status) { return {BodyRead::State::Failed, {}, status}; }

std::string pattern(std::size_t size) {
  std::string text;
  text.reserve(size + 16);
  while (text.size() < size) text += std::to_string(text.size()) + ',';
  text.resize(size);
  return text;
}

void FakeClient::called() { calls_after_end += over_ ? 1 : 0; }

BodyRead FakeClient::read_body(std::size_t most) {
  called();
  ++bodies_read;
  lent_.reset();
  if (body_script.empty()) return {BodyRead::State::End, {}};
  BodyPiece& piece = body_script.front();
  if (away && piece.state == BodyRead::State::Wait) return {BodyRead::State::Wait, {}};
  if (piece.state != BodyRead::State::Bytes) {
    const BodyRead read{piece.state, {}, piece.status};
    over_ = over_ || (piece.state == BodyRead::State::Failed && piece.status == 0);
    body_script.pop_front();
    return read;
  }
  const std::size_t size = std::min(most, piece.bytes.size());
  lent_ = std::make_unique<char[]>(size);
  std::copy_n(piece.bytes.begin(), size, lent_.get());
  if (size == piece.bytes.size()) {
    body_script.pop_front();
  } else {
    piece.bytes.erase(0, size);
  }
  return {BodyRead::State::Bytes, {lent_.get(), size}};
}

std::string_view FakeClient::keep(std::string_view rest) {
  auto kept = std::make_unique<char[]>(rest.size());
  std::copy(rest.begin(), rest.end(), kept.get());
  lent_ = std::move(kept);
  return {lent_.get(), rest.size()};
}

void FakeClient::interim(const wire::ResponseHead& head) {
  called();
  say("interim " + std::to_string(head.status));
}

bool FakeClient::switch_protocols(const wire::ResponseHead& head, std::string_view) {
  called();
  say("switch");
  fields = copy_of(head.fields);
  body_script = std::move(tunnel_script);
  return switches;
}

void FakeClient::end_writing() {
  called();
  say("end writing");
}

HeadUse FakeClient::head(const wire::Head& head) {
  called();
  say("head " + std::to_string(head.head.status));
  fields = copy_of(head.head.fields);
  return head_use;
}

void FakeClient::body(std::string_view bytes) {
  called();
  noted_.push_back(bytes);
}

void FakeClient::hand_on() {
  for (const std::string_view piece : noted_) {
    received += piece;
    held_back += piece.size();
  }
  noted_.clear();
  received += std::exchange(piped_, {});
}

std::size_t FakeClient::relay(backend::Connection& connection, std::uint64_t most) {
  called();
  if (!relays) return 0;
  std::unique_ptr<engine::Pipe> pipe = engine::Pipe::take();
  if (!pipe) return 0;
  const std::size_t size = std::min<std::uint64_t>(most, std::min(most_relayed, pipe->size()));
  const backend::IoResult got = connection.read_into(pipe->write_end(), size);
  if (!got.ok()) return 0;
  std::string bytes(got.bytes, '\0');
  if (::read(pipe->read_end(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  piped_ += bytes;
  relayed += bytes.size();
  engine::Pipe::put_back(std::move(pipe));
  return got.bytes;
}

Flow FakeClient::deliver(bool flush) {
  called();
  hand_on();
  Flow flow = Flow::Ready;
  if (!flows.empty()) {
    flow = flows.front();
    flows.pop_front();
  }
  over_ = flow == Flow::Gone;
  if (flow == Flow::Full) say("full");
  if (flow == Flow::Gone) say("gone");
  if (flow != Flow::Ready || !flush) return flow;
  say("flush");
  held_back = 0;
  return flow;
}

void FakeClient::end(std::span<const wire::Field> last) {
  called();
  hand_on();
  trailers = copy_of(last);
  say("end");
  over_ = true;
}

void FakeClient::cut() {
  called();
  hand_on();
  say("cut");
  over_ = true;
}

std::optional<Target> FakeDispatcher::choose(Failure& why) {
  ++choices;
  if (targets.empty()) {
    why = {balance::Reason::NoMember, 0, "nobody"};
    why.again_after = again_after;
    return std::nullopt;
  }
  if (std::exchange(unusable_at_first, false)) {
    why = {balance::Reason::MemberUnusable, 0, "found unusable"};
    return std::nullopt;
  }
  const Target target = targets.front();
  targets.pop_front();
  return target;
}

bool FakeDispatcher::write_head(std::string& out, const BodyPlan& plan) {
  out += head;
  if (plan.framing == Framing::Length) out += "Content-Length: " + std::to_string(plan.length) + "\r\n";
  if (plan.framing == Framing::Chunked) out += "Transfer-Encoding: chunked\r\n";
  out += "\r\n";
  return writable;
}

bool FakeDispatcher::write_head(backend::Http2RequestHead& out, const BodyPlan& plan) {
  const bool post = head.starts_with("POST");
  out.start({.method = post ? "POST" : "GET", .scheme = "http", .authority = "backend", .path = "/x"});
  if (plan.framing == BodyPlan::Framing::Length) out.field("content-length", std::to_string(plan.length));
  return writable && out.finish();
}

bool FakeDispatcher::write_trailer(backend::Http2RequestHead& out) {
  out.start_trailer();
  return out.field("x-trailer", trailer) && out.finish();
}

Next FakeDispatcher::failed(const Failure& failure, bool repeatable) {
  failures.push_back({failure, repeatable});
  return (repeatable || stubborn) && !targets.empty() ? Next::TryAnother : Next::GiveUp;
}

}  // namespace cxxproxy::exchange::test
