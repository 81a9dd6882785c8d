#include "backend/loopback.hpp"
#include "catch.hpp"
#include "exchange/allocations.hpp"
#include "exchange/exchange.hpp"
#include "exchange/support.hpp"

namespace cxxproxy::exchange {
namespace {

using test::get_on_the_wire;
using test::Peer;
using test::small_answer;
using test::World;

// Both ends of an exchange, as far as possible without memory of their own.
class ThriftyClient final : public Client {
 public:
  BodyRead read_body(std::size_t) override { return {BodyRead::State::End, {}}; }
  void interim(const wire::ResponseHead&) override {}
  HeadUse head(const wire::Head&) override { return HeadUse::Pass; }
  void body(std::string_view bytes) override { received += bytes.size(); }
  Flow deliver(bool) override { return Flow::Ready; }
  void end(std::span<const wire::Field>) override { ended = true; }
  void cut() override {}

  std::size_t received = 0;
  bool ended = false;
};

class ThriftyDispatcher final : public Dispatcher {
 public:
  explicit ThriftyDispatcher(const Target& target) : target_(target) {}
  std::optional<Target> choose(Failure&) override { return target_; }
  bool write_head(std::string& out, const BodyPlan&) override {
    out += "GET /a/path/of/ordinary/length?with=a&query=too HTTP/1.1\r\n";
    for (int field = 0; field < 10; ++field) out += "X-Some-Field: with some value or other\r\n";
    out += "\r\n";
    return true;
  }
  bool write_head(backend::Http2RequestHead&, const exchange::BodyPlan&) override { return false; }
  bool has_trailer() const override { return false; }
  bool write_trailer(backend::Http2RequestHead&) override { return false; }
  void connected(const exchange::Carrier&) override {}
  Next failed(const Failure&, bool) override { return Next::GiveUp; }
  void finished(std::uint64_t, std::uint64_t) override {}
  bool idempotent() const override { return true; }

 private:
  const Target target_;
};

// One GET over the kept connection; how often memory was asked for.
std::size_t allocations_of_a_get(World& world, const Peer& peer, std::string_view answer) {
  std::array<char, 8192> buffer;
  ThriftyClient client;
  ThriftyDispatcher dispatcher(world.backend.target());
  const std::size_t before = test::allocations();
  std::size_t used = 0;
  {
    Exchange exchange(client, dispatcher, BodyRules{}, {std::chrono::seconds(7)});
    Step step = exchange.advance({}, world.clock.now(), buffer);
    used = test::allocations() - before;
    REQUIRE(step.kind == Step::Kind::Wait);
    peer.say(answer);
    REQUIRE(backend::test::await(step.wait.backend));
    engine::Woken woken;
    woken.backend.readable = true;
    const std::size_t meanwhile = test::allocations();
    step = exchange.advance(woken, world.clock.now(), buffer);
    used += test::allocations() - meanwhile;
    REQUIRE(step.kind == Step::Kind::Done);
  }
  REQUIRE(client.ended);
  static_cast<void>(peer.hear_at_once());
  return used;
}

TEST_CASE("a GET over a kept connection asks for no memory once its thread has served one like it", "[exchange]") {
  if (!test::counts_allocations()) return;
  World world;
  const Peer peer = world.keep_connection();
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";
  for (int field = 0; field < 12; ++field) answer += "X-Field-" + std::to_string(field) + ": some value or other\r\n";
  answer += "\r\nok";
  const std::size_t first = allocations_of_a_get(world, peer, answer);
  const std::size_t second = allocations_of_a_get(world, peer, answer);
  CHECK(first < 20);
  CHECK(second == 0);
}

}  // namespace
}  // namespace cxxproxy::exchange
