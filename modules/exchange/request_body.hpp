// The body of a request on its way to a backend: how it is framed there, and how much of it can be sent again.
#pragma once

#include "exchange/client.hpp"
#include "exchange/spool.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cxxproxy::exchange {

// What is known about the body before any of it is read.
struct BodyRules {
  bool present = false;
  std::optional<std::uint64_t> length;  // as the client declared it; nothing if a filter may change it

  // For a body too large to be kept whole.
  enum class Large : std::uint8_t { Length, Chunked, Spool } large = Large::Chunked;

  bool read_ahead = true;      // false: the client waits for a 100 before it sends; no matter with Spool
  bool may_wait_ahead = true;  // false: only what is there at once is read ahead; no matter with Spool
};

// How the body is framed towards the backend.
struct BodyPlan {
  enum class Framing : std::uint8_t { None, Length, Chunked } framing = Framing::None;
  std::uint64_t length = 0;
};

// One request's. Keeps what it has read ahead, up to `kept_limit`, so that it can be sent again; a larger body streams
// with bounded memory, or goes through a temporary file when its length must be known first.
class RequestBody {
 public:
  static constexpr std::size_t kept_limit = 16384;   // what the stock modules read ahead
  static constexpr std::size_t piece_limit = 65536;  // of a body that streams

  explicit RequestBody(const BodyRules& rules) : rules_(rules) {}

  // Reads ahead. Bytes is never returned: End when plan() is known, else Wait or Failed.
  BodyRead prepare(Client& client);

  // Once prepare() has said End.
  BodyPlan plan() const noexcept;

  // The next piece to be sent, from the beginning after rewind(). The bytes are lent until the next call.
  BodyRead next(Client& client);

  // All of it was given out and its end has been seen: the next call of next() would say End. So the last piece can be
  // sent as the last. True for no body; a rewind() begins anew.
  bool given_all() const noexcept;

  // Whether rewind() can bring back all that next() has given out.
  bool replayable() const noexcept { return !streamed_; }
  void rewind() noexcept;

  bool present() const noexcept { return rules_.present; }

  // Bytes read ahead.
  std::uint64_t held() const noexcept { return spool_.empty() ? kept_.size() : spool_.size(); }

  // Nothing of the body is left with the client.
  bool all_read() const noexcept { return ended_ || !rules_.present; }

 private:
  BodyRead keep(const BodyRead& read);
  BodyRead from_spool();

  BodyRules rules_;
  std::string kept_;
  Spool spool_;
  std::uint64_t given_ = 0;  // by next() since the last rewind
  bool ended_ = false;       // the client's End was seen
  bool streamed_ = false;    // bytes went through that were not kept
  bool misfit_ = false;      // more or less of it came than the backend was promised
};

}  // namespace cxxproxy::exchange
