// The two ends of an exchange as scripts: a client and a dispatcher that do what a test says and remember what
// happened.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange/client.hpp"
#include "exchange/dispatcher.hpp"

namespace cxxproxy::exchange::test {

// One answer to read_body.
struct BodyPiece {
  BodyRead::State state = BodyRead::State::End;
  std::string bytes;
  int status = 0;
};

BodyPiece bytes(std::string text);
BodyPiece wait();  // nothing, for one call; for as long as a client is away
BodyPiece failed(int status);

// Text whose every stretch is recognisable.
std::string pattern(std::size_t size);

// Once `body_script` is used up, the body has ended; once `flows` is, the client is Ready.
class FakeClient final : public Client {
 public:
  std::deque<BodyPiece> body_script;
  std::deque<BodyPiece> tunnel_script;  // takes its place after a 101
  bool switches = true;
  std::deque<Flow> flows;
  HeadUse head_use = HeadUse::Pass;
  bool away = false;                   // its socket is not ready
  bool relays = false;                 // takes a long body from the connection
  std::size_t most_relayed = 1 << 20;  // at once
  std::uint64_t bytes_taken = 0;

  std::vector<std::string> events;  // "interim 103", "switch", "head 200", "flush", "end", "cut", "full", "gone"
  std::string received;             // the answer's body, once it was handed on
  std::vector<std::pair<std::string, std::string>> fields, trailers;
  std::uint64_t relayed = 0;  // of it, bytes taken from the connection
  int bodies_read = 0;        // calls of read_body
  int calls_after_end = 0;    // of anything, when nobody was there to be called
  std::size_t held_back = 0;  // bytes handed on since the last flush

  std::string last_event() const { return events.empty() ? "none" : events.back(); }

  BodyRead read_body(std::size_t most) override;
  std::string_view keep(std::string_view rest) override;
  void interim(const wire::ResponseHead& head) override;
  bool switch_protocols(const wire::ResponseHead& head, std::string_view) override;
  void end_writing() override;
  HeadUse head(const wire::Head& head) override;
  void body(std::string_view bytes) override;
  std::size_t relay(backend::Connection& connection, std::uint64_t most) override;
  Flow deliver(bool flush) override;
  std::uint64_t taken() const noexcept override { return bytes_taken; }
  void end(std::span<const wire::Field> trailers) override;
  void cut() override;

 private:
  void called();
  void hand_on();
  void say(std::string event) { events.push_back(std::move(event)); }

  std::unique_ptr<char[]> lent_;  // of its own for each read, so that a sanitizer sees a late look
  std::vector<std::string_view> noted_;
  std::string piped_;  // behind it
  bool over_ = false;
};

// The request's head is `head`, then what the plan says, then an empty line.
class FakeDispatcher final : public Dispatcher {
 public:
  std::deque<Target> targets;  // chosen from the front
  std::string head = "GET /x HTTP/1.1\r\n";
  std::string trailer;  // over HTTP/2: the value of x-trailer behind the body
  bool writable = true;
  bool is_idempotent = true;
  std::optional<engine::Duration> again_after;  // with nobody to choose: not now, later
  bool unusable_at_first = false;               // the first one chosen turns out unusable
  bool stubborn = false;                        // wants another even when it may not have one

  struct Failed {
    Failure failure;
    bool repeatable;
  };
  std::vector<Failed> failures;
  int choices = 0;  // calls of choose
  int connections = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> traffic;  // sent and received, of each finished()

  void post() {
    head = "POST /x HTTP/1.1\r\n";
    is_idempotent = false;
  }

  std::optional<Target> choose(Failure& why) override;
  bool write_head(std::string& out, const BodyPlan& plan) override;
  bool write_head(backend::Http2RequestHead& out, const BodyPlan& plan) override;
  bool has_trailer() const override { return !trailer.empty(); }
  bool write_trailer(backend::Http2RequestHead& out) override;
  void connected(const Carrier&) override { ++connections; }
  Next failed(const Failure& failure, bool repeatable) override;
  void finished(std::uint64_t sent, std::uint64_t received) override { traffic.emplace_back(sent, received); }
  bool idempotent() const override { return is_idempotent; }
};

}  // namespace cxxproxy::exchange::test
