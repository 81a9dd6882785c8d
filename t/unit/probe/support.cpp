#include "probe/support.hpp"

#include <filesystem>
#include <iterator>
#include <utility>

#include "catch.hpp"

namespace cxxproxy::probe::test {

Question ProbeWorld::connect() {
  Question question;
  question.target = backend.target();
  question.target.pool = nullptr;
  question.limit = limit;
  return question;
}

Question ProbeWorld::get() {
  Question question = connect();
  question.kind = Question::Kind::Http1;
  question.most_body = 1000;
  question.method = "GET";
  question.authority = "backend.test:81";
  question.path = "/health?deep=1";
  question.fields = {{"User-Agent", "checker"}, {"X-Empty", ""}};
  return question;
}

Question ProbeWorld::head() {
  Question question = get();
  question.method = "HEAD";
  question.target.answer.head_request = true;
  return question;
}

Question ProbeWorld::get_http2() {
  accepts = true;
  Question question = get();
  question.kind = Question::Kind::Http2;
  question.target.http2 = true;
  question.scheme = "http";
  return question;
}

Probe::LookUp ProbeWorld::look_up() {
  return [this](backend::AddressBook& book, Probe::LookedUp done) {
    lookups.emplace_back([&book, done = std::move(done)] { done(book.lookup_blocking()); });
    if (!holds_lookups) reactor.post([this] { end_lookups(); });
  };
}

void ProbeWorld::end_lookups() {
  while (!lookups.empty()) {
    const std::function<void()> first = std::move(lookups.front());
    lookups.pop_front();
    first();
  }
}

exchange::test::Peer ProbeWorld::meet() {
  REQUIRE(until([this] { return backend.listener.has_visitor(); }));
  return exchange::test::Peer(backend.listener.accept());
}

std::string ProbeWorld::hear_until(const exchange::test::Peer& peer, std::string_view last) {
  std::string text;
  REQUIRE(until([&] {
    text += peer.hear_at_once();
    return text.ends_with(last);
  }));
  return text;
}

std::string ProbeWorld::hear_to_the_end(const exchange::test::Peer& peer) {
  std::string text;
  REQUIRE(until([&] {
    text += peer.hear_at_once();
    return peer.at_end();
  }));
  return text;
}

Asker::Asker(ProbeWorld& of, Question question) : world(of) {
  probe = std::make_unique<Probe>(world.reactor, world.look_up(), std::move(question), [this](Answer&& what) {
    ++calls;
    answer = std::move(what);
    if (leaves) probe.reset();
  });
}

bool Asker::answered() {
  const bool came = world.until([this] { return calls > 0; });
  world.settle();
  return came && calls == 1;
}

std::string Asker::trouble() {
  REQUIRE(answered());
  CHECK_FALSE(answer.whole);
  return answer.wrong;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
}

}  // namespace cxxproxy::probe::test
