#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "backend/http2/session.hpp"
#include "wire/fields.hpp"

/// A script: each step is an operation, a byte for it and, for the backend's bytes, these. What the session tells the
/// owners must come in order and hold what the headers promise, whatever comes and whatever the owners do meanwhile.
namespace {

using namespace cxxproxy;
using namespace cxxproxy::backend;

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr std::size_t stream_count = 4;

struct Owner final : Http2StreamOwner {
  void on_interim(const wire::ResponseHead& head, Http2Fields&) noexcept override {
    require(stream.is_attached() && !head_seen && head.status >= 100 && head.status < 200 && head.status != 101);
    check(head.fields);
    act();
  }
  void on_head(const wire::Head& head, Http2Fields&) noexcept override {
    require(stream.is_attached() && !head_seen && head.head.status >= 200 && head.head.status <= 599);
    head_seen = true;
    sized = head.framing == wire::BodyFraming::Length;
    length = head.length;
    check(head.head.fields);
    act();
  }
  std::size_t on_body(std::string_view bytes) noexcept override {
    require(head_seen && !ended && !bytes.empty() && stream.kept().empty());
    for (const char byte : bytes) sum += static_cast<unsigned char>(byte);
    const std::size_t taken = bytes.size() * appetite / 4;
    lent = bytes.substr(0, taken);
    count += taken;
    act();
    return taken;
  }
  void on_turn_end() noexcept override {
    for (const char byte : lent) sum += static_cast<unsigned char>(byte);
    lent = {};
    act();
  }
  void on_end() noexcept override {
    require(head_seen && !ended);
    require(!sized || count + stream.kept_size() == length);
    ended = true;
    check(stream.trailers());
    act();
  }
  void on_broken(const Http2Failure& failure) noexcept override {
    require(!stream.is_attached() && (!ended || failure.fault == Http2Fault::Ended));
    require(!word(failure.fault).empty());
    require(failure.reach == Http2Reach::Answered || !head_seen);
    act();
  }
  void on_body_sent() noexcept override { act(); }

  static void check(std::span<const wire::Field> fields) {
    const Http2Limits limits;
    require(fields.size() <= limits.fields);
    const char* before = nullptr;
    for (const wire::Field& field : fields) {
      require(wire::is_token(field.name) && wire::is_field_value(field.value) && before <= field.name.data());
      before = field.name.data();
      for (const char c : field.name) require(c < 'A' || c > 'Z');
      require(field.known == wire::field_name(field.name));
    }
  }

  void act() noexcept {
    if (leaves > 0 && --leaves == 0) stream.cancel();
  }

  void open(Http2Session& session, std::uint8_t how) {
    if (stream.is_attached()) return;
    head_seen = ended = sized = false;
    count = length = 0;
    lent = {};
    appetite = how / 2 % 5;
    if (appetite > 4) appetite = 4;
    leaves = how / 16;
    const bool good = head.start({how / 8 % 4 == 3 ? "HEAD" : "GET", "http", "host", "/"}) && head.finish();
    require(good);
    session.open(stream, head, (how & 1) != 0);
  }

  void consume(bool keeps_up) {
    if (!stream.is_attached()) return;
    const std::size_t front = stream.kept().size();
    for (const char byte : stream.kept()) sum += static_cast<unsigned char>(byte);
    count += front;
    stream.consume(front, keeps_up);
  }

  std::size_t appetite = 4;
  unsigned leaves = 0;
  Http2RequestHead head{};
  unsigned sum = 0;
  std::uint64_t count = 0, length = 0;
  bool head_seen = false, ended = false, sized = false;
  std::string_view lent{};
  std::string body = std::string(20000, 'b');  // what it lends; it ends behind the stream
  Http2Stream stream{*this};
};

class Play {
 public:
  void step(std::uint8_t operation, std::uint8_t argument, std::string_view& rest) {
    Owner& owner = owners_[argument % stream_count];
    now_ += std::chrono::milliseconds(argument);
    switch (operation % 12) {
      case 0:
      case 1:
      case 2:
        return hear(argument, rest);
      case 3:
        return owner.open(session_, argument / stream_count);
      case 4:
        return owner.stream.cancel();
      case 5:
        return owner.consume(argument / stream_count % 2 == 0);
      case 6:
        return owner.stream.send(std::string_view(owner.body).substr(0, std::size_t{argument} * 80), argument > 127);
      case 7:
        return trailer(owner);
      case 8:
        return write(argument);
      case 9:
        return session_.ping(now_);
      case 10:
        if (argument == 77) session_.retire();
        if (argument == 78) session_.on_close(Http2Fault::Closed);
        if (argument == 79) session_.fail(Http2Fault::NoPong);
        return;
      default:
        return write(100000);
    }
  }

  // Most of what matters comes behind a greeting.
  void greet() {
    session_.on_bytes(std::string_view("\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0", 18), now_);
    owners_[0].open(session_, 8);
    owners_[1].open(session_, 9);
    write(100000);
  }

 private:
  void hear(std::uint8_t size, std::string_view& rest) {
    const std::size_t count = std::min<std::size_t>(size, rest.size());
    const auto copy = std::make_unique<char[]>(count);  // gone afterwards
    std::memcpy(copy.get(), rest.data(), count);
    rest.remove_prefix(count);
    session_.on_bytes({copy.get(), count}, now_);
    if (session_.state() != Http2Session::State::Over) return;
    for (const Owner& owner : owners_) require(!owner.stream.is_attached() || owner.ended);
  }

  void write(std::size_t most) {
    std::array<iovec, 64> pieces;
    const std::size_t count = session_.output(pieces);
    std::size_t written = 0;
    for (std::size_t i = 0; i < count && written < most; ++i) {
      const std::size_t part = std::min(pieces[i].iov_len, most - written);
      for (std::size_t j = 0; j < part; ++j) sum_ += static_cast<unsigned char*>(pieces[i].iov_base)[j];
      written += part;
    }
    session_.wrote(written);
  }

  void trailer(Owner& owner) {
    Http2RequestHead trailer;
    trailer.start_trailer();
    require(trailer.field("x-sum", "1") && trailer.finish());
    owner.stream.send_trailer(std::move(trailer));
  }

  engine::TimePoint now_{};
  unsigned sum_ = 0;
  std::array<Owner, stream_count> owners_;
  Http2Session session_{{}, now_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Play play;
  if (!rest.empty() && (rest[0] & 1) != 0) play.greet();
  if (!rest.empty()) rest.remove_prefix(1);
  while (rest.size() >= 2) {
    const auto operation = static_cast<std::uint8_t>(rest[0]);
    const auto argument = static_cast<std::uint8_t>(rest[1]);
    rest.remove_prefix(2);
    play.step(operation, argument, rest);
  }
  return 0;
}
