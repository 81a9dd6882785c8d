#include "backend/http2/peer.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>

#include "catch.hpp"

namespace cxxproxy::backend::test {
namespace {

std::string text_of(const wire::ResponseHead& head) {
  std::string text = std::to_string(head.status) + " ";
  for (const wire::Field& field : head.fields) text.append(field.name).append(": ").append(field.value).append(", ");
  return text;
}

void call(const std::function<void()>& what) {
  if (what) what();
}

std::vector<nghttp2_nv> fields_of(const Pairs& pairs) {
  std::vector<nghttp2_nv> fields;
  for (const auto& [name, value] : pairs) {
    fields.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                      reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), 0});
  }
  return fields;
}

std::string text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

void Owner::on_interim(const wire::ResponseHead& of, Http2Fields&) noexcept {
  interims.push_back(text_of(of));
  call(at_interim);
}

void Owner::on_head(const wire::Head& of, Http2Fields&) noexcept {
  head = text_of(of.head);
  framing = of.framing;
  length = of.length;
  call(at_head);
}

std::size_t Owner::on_body(std::string_view bytes) noexcept {
  const std::string_view taken = bytes.substr(0, appetite);
  body.append(taken);
  const std::size_t size = taken.size();
  call(at_body);
  return size;
}

void Owner::on_turn_end() noexcept {
  ++turns;
  call(at_turn_end);
}

void Owner::on_end() noexcept {
  ++ends;
  call(at_end);
}

void Owner::on_broken(const Http2Failure& of) noexcept {
  failure = of;
  call(at_broken);
}

void Owner::on_body_sent() noexcept {
  ++sent;
  call(at_sent);
}

std::string Owner::take_kept(std::size_t most, bool keeps_up) {
  std::string taken;
  while (taken.size() < most && !stream.kept().empty()) {
    const std::string_view front = stream.kept().substr(0, most - taken.size());
    taken.append(front);
    stream.consume(front.size(), keeps_up);
  }
  return taken;
}

std::string Owner::trailers() const {
  std::string text;
  for (const wire::Field& field : stream.trailers())
    text.append(field.name).append(": ").append(field.value).append(", ");
  return text;
}

const Http2RequestHead& get(std::string_view path, std::string_view method) {
  static std::deque<Http2RequestHead> all;
  Http2RequestHead& head = all.emplace_back();
  REQUIRE(head.start({method, "http", "backend.test", path}));
  REQUIRE(head.finish());
  return head;
}

std::string drain(Http2Session& session, std::size_t step) {
  std::string bytes;
  std::array<iovec, 64> pieces;
  while (const std::size_t count = session.output(pieces)) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < count && size < step; ++i) {
      const std::size_t part = std::min(pieces[i].iov_len, step - size);
      bytes.append(static_cast<const char*>(pieces[i].iov_base), part);
      size += part;
    }
    session.wrote(size);
  }
  return bytes;
}

struct Peer::Callbacks {
  static Peer& peer(void* user) { return *static_cast<Peer*>(user); }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    Request& request = peer(user).requests[frame->hd.stream_id];
    const bool trailer = frame->headers.cat == NGHTTP2_HCAT_HEADERS;
    (trailer ? request.trailers : request.fields).emplace_back(text_of(name, name_size), text_of(value, value_size));
    return 0;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                     void* user) {
    peer(user).requests[id].body += text_of(bytes, size);
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Request& request = peer(user).requests[frame->hd.stream_id];
    const bool message = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (message && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) request.ended = true;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      request.reset = frame->rst_stream.error_code;
      peer(user).resets.emplace_back(frame->hd.stream_id, frame->rst_stream.error_code);
    }
    return 0;
  }

  static int on_invalid(nghttp2_session*, const nghttp2_frame*, int, void* user) {
    peer(user).failed = true;
    return 0;
  }

  static ssize_t read(nghttp2_session* session, std::int32_t id, std::uint8_t* to, std::size_t size,
                      std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Answer& answer = peer(user).answers_[id];
    const std::size_t part = std::min(size, answer.body.size() - answer.sent);
    std::memcpy(to, answer.body.data() + answer.sent, part);
    answer.sent += part;
    if (answer.sent < answer.body.size()) return static_cast<ssize_t>(part);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!answer.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto fields = fields_of(answer.trailers);
      nghttp2_submit_trailer(session, id, fields.data(), fields.size());
    }
    return static_cast<ssize_t>(part);
  }
};

Peer::Peer(const std::vector<std::pair<std::int32_t, std::uint32_t>>& settings) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::on_frame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, Callbacks::on_invalid);
  nghttp2_session_server_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  std::vector<nghttp2_settings_entry> entries;
  for (const auto& [name, value] : settings) entries.push_back({name, value});
  nghttp2_submit_settings(session_, 0, entries.data(), entries.size());
}

Peer::~Peer() { nghttp2_session_del(session_); }

std::string Peer::Request::field(std::string_view name) const {
  for (const auto& [has, value] : fields) {
    if (has == name) return value;
  }
  return {};
}

bool Peer::Request::has(std::string_view name) const {
  return std::any_of(fields.begin(), fields.end(), [name](const auto& field) { return field.first == name; });
}

void Peer::on_bytes(std::string_view bytes) {
  const ssize_t used =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  failed = failed || used != static_cast<ssize_t>(bytes.size());
}

std::string Peer::bytes() {
  std::string all;
  const std::uint8_t* part = nullptr;
  while (true) {
    const ssize_t size = nghttp2_session_mem_send(session_, &part);
    if (size <= 0) return all;
    all += text_of(part, static_cast<std::size_t>(size));
  }
}

void Peer::interim(std::int32_t id, const std::string& status, const Pairs& fields) {
  Pairs all = {{":status", status}};
  all.insert(all.end(), fields.begin(), fields.end());
  const auto raw = fields_of(all);
  REQUIRE(nghttp2_submit_headers(session_, 0, id, nullptr, raw.data(), raw.size(), nullptr) == 0);
}

void Peer::answer(std::int32_t id, const std::string& status, const Pairs& fields, std::string body,
                  const Pairs& trailers) {
  Pairs all = {{":status", status}};
  all.insert(all.end(), fields.begin(), fields.end());
  const auto raw = fields_of(all);
  answers_[id] = {std::move(body), 0, trailers};
  const bool empty = answers_[id].body.empty() && trailers.empty();
  const nghttp2_data_provider from{{.ptr = nullptr}, Callbacks::read};
  REQUIRE(nghttp2_submit_response(session_, id, raw.data(), raw.size(), empty ? nullptr : &from) == 0);
}

void Peer::reset(std::int32_t id, std::uint32_t code) {
  REQUIRE(nghttp2_submit_rst_stream(session_, 0, id, code) == 0);
}

void Peer::goaway(std::int32_t last_stream, std::uint32_t code) {
  REQUIRE(nghttp2_submit_goaway(session_, 0, last_stream, code, nullptr, 0) == 0);
}

void Peer::settings(std::int32_t name, std::uint32_t value) {
  const nghttp2_settings_entry entry{name, value};
  REQUIRE(nghttp2_submit_settings(session_, 0, &entry, 1) == 0);
}

void Peer::ping() { REQUIRE(nghttp2_submit_ping(session_, 0, nullptr) == 0); }

std::int64_t Peer::window(std::int32_t id) const {
  return id == 0 ? nghttp2_session_get_remote_window_size(session_)
                 : nghttp2_session_get_stream_remote_window_size(session_, id);
}

void Pair::to_peer(std::size_t step) {
  const std::string bytes = drain(session, step);
  moved += bytes.size();
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(step, rest.size()))) {
    peer.on_bytes(rest.substr(0, step));
  }
}

void Pair::to_session(std::size_t step) {
  const std::string bytes = peer.bytes();
  moved += bytes.size();
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(step, rest.size()))) {
    const std::string part(rest.substr(0, step));  // gone afterwards
    session.on_bytes(part, epoch);
  }
}

void Pair::carry(std::size_t step) {
  for (int rounds = 0; rounds < 10000; ++rounds) {
    const std::uint64_t before = moved;
    to_peer(step);
    to_session(step);
    if (moved == before) return;
  }
  FAIL("it never ends");
}

void Pair::open(Owner& owner, std::string_view path, bool has_body) {
  REQUIRE(session.open(owner.stream, get(path), has_body) == Http2Session::Opened::Yes);
}

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string bytes = number(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  return bytes.append(number(stream)).append(payload);
}

namespace {

std::string length_of(std::size_t size) {
  std::string bytes;
  if (size < 127) {
    bytes.push_back(static_cast<char>(size));
    return bytes;
  }
  bytes.push_back(127);
  for (size -= 127; size >= 128; size /= 128) bytes.push_back(static_cast<char>(size % 128 + 128));
  bytes.push_back(static_cast<char>(size));
  return bytes;
}

}  // namespace

std::string field(std::string_view name, std::string_view value) {
  std::string bytes(1, '\0');
  bytes.append(length_of(name.size())).append(name);
  return bytes.append(length_of(value.size())).append(value);
}

std::string head(std::uint32_t stream, std::string_view fields, bool ends) {
  return frame(headers_frame, static_cast<std::uint8_t>(end_headers | (ends ? end_stream : 0)), stream, fields);
}

std::string data(std::uint32_t stream, std::string_view bytes, bool ends) {
  return frame(data_frame, ends ? end_stream : 0, stream, bytes);
}

std::string ok(std::uint32_t stream, bool ends) { return head(stream, field(":status", "200"), ends); }

Greeted::Greeted(const Http2Limits& limits) : session(limits, epoch) {
  for (Owner& owner : owners) REQUIRE(session.open(owner.stream, get(), false) == Http2Session::Opened::Yes);
  drain(session);
  say(frame(settings_frame, 0, 0));
  say(frame(settings_frame, ack, 0));
  drain(session);
}

bool Greeted::others_go_on() {
  if (session.state() != Http2Session::State::Open || second().failure) return false;
  say(ok(3));
  say(data(3, "fine", true));
  return second().head == "200 " && second().body == "fine" && second().ends == 1;
}

}  // namespace cxxproxy::backend::test
