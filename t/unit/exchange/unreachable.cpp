#include "exchange/unreachable.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <utility>

#include "catch.hpp"

namespace cxxproxy::exchange::test {

FullListener::FullListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(fd_.get(), generic, length) == 0);
  REQUIRE(::listen(fd_.get(), 0) == 0);
  REQUIRE(::getsockname(fd_.get(), generic, &length) == 0);
  endpoint_ = backend::Endpoint::copy_of(generic, length);
  while (!fill()) REQUIRE(crowd_.size() < 1000);
}

// True: this one got nowhere.
bool FullListener::fill() {
  backend::StartedConnect started = *backend::start_connect(endpoint_, {});
  crowd_.push_back(std::make_unique<backend::Connection>(std::move(started), endpoint_));
  return crowd_.back()->establish().state == backend::IoResult::State::WouldBlock;
}

backend::Endpoint refusing() {
  backend::test::Listener listener = backend::test::Listener::v4();
  listener.stop_listening();
  return listener.endpoint();
}

}  // namespace cxxproxy::exchange::test
