// Where the head of a request ends, found while it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cxxproxy::wire {

// Says when the bytes that have come hold all that httpd's core reads of one request's head, so that the core need
// never wait for more. What the core makes of it is not judged here: a head that it refuses counts as complete where it
// stops reading, at the latest where the head ends. Keeps no view of the bytes. One thread.
class RequestHeadScan {
 public:
  // LimitRequestLine, LimitRequestFieldSize and LimitRequestFields; 0: none.
  struct Limits {
    std::size_t line = 0;
    std::size_t field = 0;
    std::size_t fields = 0;
  };

  enum class State : std::uint8_t {
    Incomplete,
    Complete,
    TooLarge,  // one of the limits is 0, and the head does not end within `most`
  };
  static constexpr std::size_t most = 1024UL * 1024;

  // What the head says about a body, for reading ahead; the core decides for itself.
  struct BodyHint {
    enum class Kind : std::uint8_t {
      None,
      Length,   // `length` says how many bytes; they may be 0
      Unknown,  // a Transfer-Encoding, or a Content-Length that is repeated, folded or no number
    };

    Kind kind = Kind::None;
    std::uint64_t length = 0;

    bool operator==(const BodyHint&) const = default;
  };

  // Begins another head.
  void restart(const Limits& limits) noexcept;

  // `all` is everything that came since restart(), what the call before had seen included, wherever it lies now. Only
  // what is new is looked at. Once it is not Incomplete it stays what it is.
  State on_bytes(std::string_view all) noexcept;

  // Once Complete. Up to where the core reads, so with the blank lines before and the one that ends it.
  std::size_t length() const noexcept { return line_begin_; }
  BodyHint body() const noexcept { return body_; }

  // The client may wait for a 100 before it sends the body.
  bool expects_continue() const noexcept { return expects_continue_; }

 private:
  enum class Part : std::uint8_t { RequestLine, Fields };
  enum class FieldKind : std::uint8_t { Other, ContentLength, Expect };

  std::size_t next_line(std::string_view all) noexcept;
  bool too_long(std::string_view raw) const noexcept;
  void on_line(std::string_view line) noexcept;
  void on_request_line(std::string_view line) noexcept;
  void on_field(std::string_view line) noexcept;
  void on_fold(std::string_view line) noexcept;
  void on_content_length(std::string_view value) noexcept;
  void finish() noexcept;
  std::size_t longest_line() const noexcept;
  bool is_bounded() const noexcept { return limits_.line != 0 && limits_.field != 0 && limits_.fields != 0; }

  Limits limits_;
  State state_ = State::Incomplete;
  Part part_ = Part::RequestLine;
  FieldKind last_field_ = FieldKind::Other;
  std::size_t line_begin_ = 0;  // of the first line that is not whole yet
  std::size_t looked_at_ = 0;   // from there on a line feed is looked for
  std::size_t lines_ = 0;       // of this part: blank ones before the request line, or fields
  std::size_t field_size_ = 0;  // of the last one, as far as it goes
  BodyHint body_;
  bool expects_continue_ = false;
};

}  // namespace cxxproxy::wire
