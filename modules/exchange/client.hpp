// The client's side of an exchange. httpd/ implements it: over a request's filters today, over a captured connection or
// an HTTP/2 stream tomorrow.
//
// One thread at a time, that of the exchange's driver. Nothing here waits; where a call cannot get on it says so, and
// the driver calls the exchange again when the client is ready, and no earlier: Wait and Full are only said when it
// will hear of that. No function throws.
#pragma once

#include "backend/connection.hpp"
#include "wire/response_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cxxproxy::exchange {

struct BodyRead {
  enum class State : std::uint8_t {
    Bytes,   // `bytes`, never empty
    Wait,    // nothing now
    End,     // the body is complete
    Failed,  // it will never be: `status` is what the client deserves (400, 408, 413 ...), 0 when it is gone
  };
  State state;
  std::string_view bytes;  // lent until the next call of read_body
  int status = 0;
  int error = 0;  // the cause, for the log: errno, or a status of the client's own
};

enum class Flow : std::uint8_t {
  Ready,
  Full,  // the client does not read: go on when it is writable
  Gone,  // nobody is there any more
};

enum class HeadUse : std::uint8_t {
  Pass,     // the answer goes to the client
  Discard,  // an answer of our own takes its place: read the body away
  Refuse,   // it may not be passed on: a bad answer
};

class Client {
 public:
  // At most `most` bytes of the request's body.
  virtual BodyRead read_body(std::size_t most) = 0;

  // What is left of the bytes that read_body() lent last is needed for longer than the driver's buffer is left alone:
  // where they are from now on, lent as before.
  virtual std::string_view keep(std::string_view rest) { return rest; }

  // A 1xx answer, never 101. It is with the client, or dropped, on return.
  virtual void interim(const wire::ResponseHead& head) = 0;

  // A 101 to `protocol`, which was asked for (RFC 9110 section 7.8). From now on read_body(), body() and deliver()
  // carry its bytes as they are, read_body() says End when the client has ended its side, and end_writing() takes the
  // place of end() and cut(). False: the client cannot, or is gone.
  virtual bool switch_protocols(const wire::ResponseHead& head, std::string_view protocol) {
    static_cast<void>(head), static_cast<void>(protocol);
    return false;
  }

  // After that: the backend has ended its side, and all was delivered.
  virtual void end_writing() {}

  // The final head. What it needs of `head` it copies.
  virtual HeadUse head(const wire::Head& head) = 0;

  // A piece of the body. It may be only noted: the bytes stay where they are until deliver(), end() or cut()
  // returns.
  virtual void body(std::string_view bytes) = 0;

  // Takes the next piece of the body from the connection itself, at most `most` bytes, when that costs less than
  // body(); then deliver() as after body(). How many: 0 when it took none, for whatever reason; a read() has the last
  // word.
  virtual std::size_t relay(backend::Connection& connection, std::uint64_t most) {
    static_cast<void>(connection), static_cast<void>(most);
    return 0;
  }

  // Hands on what was noted. `flush`: nothing more is there at the moment, so do not hold anything back.
  virtual Flow deliver(bool flush) = 0;

  // Bytes of the answer that have left for the client, ever; where nobody counts them, 0. One that is Full but still
  // takes some is not given up.
  virtual std::uint64_t taken() const noexcept { return 0; }

  // The answer is complete. Hands on what was noted with it.
  virtual void end(std::span<const wire::Field> trailers) = 0;

  // The answer broke off after its head was passed on: the client must be able to tell.
  virtual void cut() = 0;

 protected:
  ~Client() = default;
};

}  // namespace cxxproxy::exchange
