#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "wire/chunk_reader.hpp"
#include "wire/fault.hpp"
#include "wire/field_list.hpp"
#include "wire/fields.hpp"
#include "wire/framing.hpp"
#include "wire/line_block.hpp"

namespace cxxproxy::wire {

struct ResponseHead {
  int minor_version = 1;    // the x of HTTP/1.x
  int status = 0;           // 100-599
  std::string_view reason;  // empty: none came, or it held control characters; use the standard phrase
  // All are valid names and values, folded lines joined. Their texts lie in one block of bytes, in this order, and
  // between two of them is at least one byte unless the first one was folded.
  std::span<const Field> fields;
};

// Nothing more can be said without more bytes (or, after End, Broken or a 101, at all).
struct NeedMore {};

// A 1xx answer. It has no body whatever its Content-Length or Transfer-Encoding says: do not pass those on.
// After a 101 the reader eats nothing more: the rest of the bytes is the other protocol's.
struct Interim {
  ResponseHead head;
};

// The final head. Its fields hold at most one Content-Length, and none beside a Transfer-Encoding.
struct Head {
  ResponseHead head;
  BodyFraming framing = BodyFraming::None;
  std::uint64_t length = 0;  // of the body, with BodyFraming::Length
};

// A piece of the body, never empty, without chunk framing.
struct Chunk {
  std::string_view data;
};

// The answer is complete.
struct End {
  std::span<const Field> trailers;  // without those that may not come in one
  // The framing said where to end and HTTP lets the connection carry another exchange (RFC 9112 section 9.3). Bytes
  // still in the caller's hand belong to no answer: with any left, the connection is not to be used again either.
  bool reusable = false;
};

struct Broken {
  Fault fault;
};

using Event = std::variant<NeedMore, Interim, Head, Chunk, End, Broken>;

// Reads one HTTP/1 answer after the other from the bytes of one backend connection (RFC 9112). Bytes in, events out;
// it knows no socket and no clock. It is strict: what two readers could understand differently is Broken.
//
// Interim* Head Chunk* End is the order of a good answer; Broken can take the place of any event and ends it.
// The views in an event live until the next call of any member function, and no longer than the bytes given.
// Owned and used by whoever owns the connection, on one thread. No allocation while heads arrive whole, once warm.
class ResponseReader {
 public:
  struct Limits {
    std::size_t line = 8192;   // bytes of one line of head, trailer or chunk size, or of one folded field
    std::size_t fields = 100;  // in one head, and again in the trailer
    std::size_t head = 65536;  // bytes of one head, and again of the trailer
    unsigned interims = 9;     // 1xx answers before the final one
  };

  // What to do about a line in a head that has no colon (ProxyBadHeader). In a trailer it is always an error.
  // A repeated status line in the midst of a head is always ignored.
  enum class BadField : std::uint8_t {
    Error,
    Ignore,     // leave the line out
    StartBody,  // the head ends before that line, which is the body's first
  };

  struct Options {
    Limits limits{};
    BadField bad_field = BadField::Error;
    bool head_request = false;  // the answer to a HEAD has no body, whatever its fields say
  };

  // Begins a new answer. To be called before the first bytes; what was left of the last answer is forgotten.
  void start(const Options& options);

  // Eats from the front of `in` and tells the next event; call again until NeedMore, also with nothing left in `in`.
  // With NeedMore, `in` is empty unless the answer is over.
  Event on_bytes(std::string_view& in);

  // The backend hung up, and all its bytes were given: the End of a body that runs until the close, else Broken
  // (NeedMore when the answer was over before).
  Event on_close();

  // Bytes to come of a body with a length, which need not pass through here; 0 with any other body, and before it.
  std::uint64_t sized_left() const noexcept { return state_ == State::Length && put_back_.empty() ? left_ : 0; }

  // So many of them went another way. Ask on_bytes() for what that brings.
  void skip(std::uint64_t bytes) noexcept;

  // Whether any byte of the answer has been seen.
  bool started() const noexcept { return started_; }

 private:
  // NextHead begins a head only when it is called for, since the views of the last event live until then.
  enum class State : std::uint8_t {
    NextHead,
    StatusLine,
    Fields,
    Length,
    Chunked,
    Trailer,
    UntilClose,
    Complete,
    Over
  };

  struct StatusLine {
    int minor_version = 1;
    int status = 0;
    std::size_t reason_begin = 0;  // in lines_
    std::size_t reason_size = 0;
  };

  Event step(std::string_view& in);
  void begin_block(State state, LineBlock::LineEnd line_end);
  Event read_head(std::string_view& in);
  std::optional<Fault> on_status_line(std::string_view line);
  std::optional<Fault> on_fields_line(bool& head_ends);
  Event finish_head(bool starts_body);
  void begin_body();
  Event read_sized(std::string_view& in);
  Event read_chunked(std::string_view& in);
  Event read_trailer(std::string_view& in);
  Event complete(std::span<const Field> trailers);
  Event broken(Fault fault);
  bool is_interim() const noexcept { return status_line_.status < 200; }

  Options options_{};
  State state_ = State::Over;
  bool started_ = false;
  bool empty_line_seen_ = false;
  unsigned interims_ = 0;
  StatusLine status_line_{};
  Framing framing_{};
  std::uint64_t left_ = 0;  // of a body with a length
  LineBlock lines_;
  FieldList fields_;
  ChunkReader chunks_;
  std::string_view put_back_;  // body bytes that lie in lines_, to be read before any new ones
};

}  // namespace cxxproxy::wire
