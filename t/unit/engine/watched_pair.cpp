#include "engine/watched_pair.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "catch.hpp"

namespace cxxproxy::engine::test {

Descriptor::Descriptor(int fd) : fd_(fd) { REQUIRE(fd >= 0); }

Descriptor Descriptor::copy() const { return Descriptor(::fcntl(fd_, F_DUPFD_CLOEXEC, 0)); }

void Descriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Ends two_ends() {
  Ends ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
  return ends;
}

void Pair::say(std::string_view text) const {
  CHECK(::send(far.get(), text.data(), text.size(), 0) == ssize_t(text.size()));
}

std::string Pair::hear() const {
  std::array<char, 64> buffer{};
  const ssize_t size = ::read(near.get(), buffer.data(), buffer.size());
  return {buffer.data(), static_cast<std::size_t>(size < 0 ? 0 : size)};
}

void Pair::fill_up() const {
  const std::vector<char> block(4096);
  while (::write(near.get(), block.data(), block.size()) > 0) continue;
}

void play(Reactor& reactor, const Steps& steps) {
  std::size_t at = 0;
  std::function<void()> turn = [&] {
    if (at == steps.size()) return reactor.stop();
    steps[at++]();
    reactor.defer(turn);
  };
  reactor.defer(turn);
  reactor.run();
  CHECK(at == steps.size());
}

}  // namespace cxxproxy::engine::test
