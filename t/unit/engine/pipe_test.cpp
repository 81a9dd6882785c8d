#include "engine/pipe.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "catch.hpp"

namespace cxxproxy::engine {
namespace {

TEST_CASE("a pipe has room for much, and never waits", "[engine]") {
  const std::unique_ptr<Pipe> pipe = Pipe::take();
  REQUIRE(pipe);
  CHECK(pipe->size() >= 1U << 16);
  const std::string bytes(pipe->size(), 'x');
  CHECK(::write(pipe->write_end(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  CHECK(::write(pipe->write_end(), "y", 1) == -1);
  CHECK(errno == EAGAIN);
  CHECK((::fcntl(pipe->read_end(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("a pipe that was put back is taken again", "[engine]") {
  std::unique_ptr<Pipe> pipe = Pipe::take();
  REQUIRE(pipe);
  const int end = pipe->read_end();
  Pipe::put_back(std::move(pipe));
  const std::unique_ptr<Pipe> again = Pipe::take();
  REQUIRE(again);
  CHECK(again->read_end() == end);
}

TEST_CASE("a process has so many pipes and no more, until one is there again", "[engine]") {
  std::vector<std::unique_ptr<Pipe>> taken;
  for (int i = 0; i < Pipe::most; ++i) {
    taken.push_back(Pipe::take());
    REQUIRE(taken.back());
  }
  CHECK_FALSE(Pipe::take());
  taken.pop_back();  // destroyed, as one with bytes in it is
  taken.push_back(Pipe::take());
  CHECK(taken.back());
  Pipe::put_back(std::move(taken.back()));
  CHECK(Pipe::take());
}

// None is idle, and none is taken.
void destroy_all() {
  std::vector<std::unique_ptr<Pipe>> taken;
  while (std::unique_ptr<Pipe> pipe = Pipe::take()) taken.push_back(std::move(pipe));
  REQUIRE(taken.size() == Pipe::most);
}

TEST_CASE("when the system has no pipe, it is not asked each time, but again", "[engine]") {
  destroy_all();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const std::unique_ptr<Pipe> refused = Pipe::take();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK_FALSE(refused);
  int asked = 1;
  while (!Pipe::take()) REQUIRE(++asked < 1000);
  CHECK(asked > 100);
}

}  // namespace
}  // namespace cxxproxy::engine
