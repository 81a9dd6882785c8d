// What an Http2Session is tested against: owners that write down what they hear, a backend (nghttp2's server side) in
// the same process, and frames made by hand.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/http2/session.hpp"

namespace cxxproxy::backend::test {

inline constexpr engine::TimePoint epoch{};
inline constexpr std::size_t whole = static_cast<std::size_t>(-1);

struct Owner final : Http2StreamOwner {
  void on_interim(const wire::ResponseHead& head, Http2Fields&) noexcept override;
  void on_head(const wire::Head& head, Http2Fields&) noexcept override;
  std::size_t on_body(std::string_view bytes) noexcept override;
  void on_turn_end() noexcept override;
  void on_end() noexcept override;
  void on_broken(const Http2Failure& failure) noexcept override;
  void on_body_sent() noexcept override;

  // Takes what is kept, and gives it back.
  std::string take_kept(std::size_t most = whole, bool keeps_up = false);
  std::string trailers() const;

  std::vector<std::string> interims{};  // "103 name: value, "
  std::string head{};                   // "200 name: value, "
  wire::BodyFraming framing = wire::BodyFraming::None;
  std::uint64_t length = 0;
  std::string body{};
  std::size_t appetite = whole;  // how much of each piece of the body is taken
  int turns = 0;
  int ends = 0;
  int sent = 0;
  std::optional<Http2Failure> failure{};
  std::function<void()> at_interim{}, at_head{}, at_body{}, at_end{}, at_broken{}, at_sent{}, at_turn_end{};
  Http2Stream stream{*this};
};

// It stays for good.
const Http2RequestHead& get(std::string_view path = "/", std::string_view method = "GET");

// All that the session wants to write, written in steps.
std::string drain(Http2Session& session, std::size_t step = whole);

using Pairs = std::vector<std::pair<std::string, std::string>>;

// A backend. It answers when it is told to.
class Peer {
 public:
  struct Request {
    Pairs fields{};
    Pairs trailers{};
    std::string body{};
    bool ended = false;
    std::optional<std::uint32_t> reset{};

    std::string field(std::string_view name) const;  // "" if it did not come
    bool has(std::string_view name) const;
  };

  explicit Peer(const std::vector<std::pair<std::int32_t, std::uint32_t>>& settings = {});
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void on_bytes(std::string_view bytes);
  std::string bytes();

  void interim(std::int32_t id, const std::string& status, const Pairs& fields = {});
  void answer(std::int32_t id, const std::string& status, const Pairs& fields, std::string body,
              const Pairs& trailers = {});
  void reset(std::int32_t id, std::uint32_t code);
  void goaway(std::int32_t last_stream, std::uint32_t code = 0);
  void settings(std::int32_t name, std::uint32_t value);
  void ping();

  std::map<std::int32_t, Request> requests{};
  std::vector<std::pair<std::int32_t, std::uint32_t>> resets{};  // in the order they came
  std::int64_t window(std::int32_t id) const;                    // what it may still send
  bool failed = false;                                           // it did not understand us
  nghttp2_session* raw() const { return session_; }

 private:
  struct Callbacks;
  struct Answer {
    std::string body{};
    std::size_t sent = 0;
    Pairs trailers{};
  };

  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Answer> answers_{};
};

// A session and its backend.
struct Pair {
  explicit Pair(const Http2Limits& limits = {},
                const std::vector<std::pair<std::int32_t, std::uint32_t>>& settings = {})
      : session(limits, epoch), peer(settings) {}

  // Carries bytes both ways, `step` at a time, until nothing moves.
  void carry(std::size_t step = whole);
  void to_peer(std::size_t step = whole);
  void to_session(std::size_t step = whole);

  void open(Owner& owner, std::string_view path = "/", bool has_body = false);

  Http2Session session;
  Peer peer;
  std::uint64_t moved = 0;  // bytes
};

// Frames made by hand.
std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload = {});
std::string number(std::uint32_t value);                           // four bytes
std::string field(std::string_view name, std::string_view value);  // for a head, not compressed
std::string head(std::uint32_t stream, std::string_view fields, bool ends = false);
std::string data(std::uint32_t stream, std::string_view bytes, bool ends = false);
std::string ok(std::uint32_t stream, bool ends = false);  // a head of status 200

inline constexpr std::uint8_t data_frame = 0, headers_frame = 1, priority_frame = 2, rst_frame = 3, settings_frame = 4,
                              push_frame = 5, ping_frame = 6, goaway_frame = 7, window_frame = 8,
                              continuation_frame = 9;
inline constexpr std::uint8_t end_stream = 1, ack = 1, end_headers = 4, padded = 8;

// A session that has been greeted by hand, with streams 1, 3 and 5 open and all written.
struct Greeted {
  explicit Greeted(const Http2Limits& limits = {});

  void say(std::string_view bytes) { session.on_bytes(bytes, epoch); }
  Owner& first() { return owners[0]; }
  Owner& second() { return owners[1]; }

  // The others are as if nothing had happened: stream 3 gets its answer.
  bool others_go_on();

  Http2Session session;
  Owner owners[3];
};

}  // namespace cxxproxy::backend::test
