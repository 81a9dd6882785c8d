#include "backend/loopback.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "engine/poll.hpp"

namespace cxxproxy::backend::test {
namespace {

template <class Address>
Endpoint endpoint_of(const Address& address) {
  return Endpoint::copy_of(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Endpoint bound_to(const FileDescriptor& fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return Endpoint::copy_of(reinterpret_cast<const sockaddr*>(&address), length);
}

std::string new_directory() {
  std::string name = "/tmp/loopback.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  return name;
}

}  // namespace

std::optional<Listener> Listener::on(const Endpoint& wanted) {
  Listener listener;
  listener.fd_ = FileDescriptor(::socket(wanted.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener.fd_ || ::bind(listener.fd_.get(), wanted.data(), wanted.length()) != 0) return std::nullopt;
  if (::listen(listener.fd_.get(), 64) != 0) return std::nullopt;
  listener.endpoint_ = bound_to(listener.fd_);
  return listener;
}

Listener Listener::v4() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return on(endpoint_of(address)).value();
}

std::optional<Listener> Listener::v6() {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return on(endpoint_of(address));
}

Listener Listener::unix_socket() { return on(*Endpoint::of_unix_path(new_directory() + "/backend.sock")).value(); }

Listener::~Listener() {
  if (endpoint_.family() != AF_UNIX || !fd_) return;
  const std::string path = endpoint_.text();
  ::unlink(path.c_str());
  ::rmdir(path.substr(0, path.rfind('/')).c_str());
}

bool Listener::has_visitor() const {
  std::array<engine::Polled, 1> watches{engine::Polled{{fd_.get(), true, false}, {}}};
  return engine::poll_once(watches, engine::TimePoint{}, engine::steady_clock()) == engine::PollResult::Ready;
}

FileDescriptor Listener::accept() const {
  if (!await({fd_.get(), true, false})) throw std::runtime_error("nobody connects");
  return FileDescriptor(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

bool await(const engine::Interest& wish) {
  const auto& clock = engine::steady_clock();
  const auto deadline = engine::deadline_after(clock.now(), std::chrono::seconds(10));
  std::array<engine::Polled, 1> watches{engine::Polled{wish, {}}};
  return engine::poll_once(watches, deadline, clock) == engine::PollResult::Ready;
}

std::unique_ptr<Connection> connect_to(const Endpoint& endpoint) {
  auto started = start_connect(endpoint, {});
  if (!started) throw std::runtime_error(started.error().text());
  auto connection = std::make_unique<Connection>(*std::move(started), endpoint);
  while (connection->establish().state == IoResult::State::WouldBlock) await(connection->interest(false, false));
  return connection;
}

Link link_to(const Listener& listener) {
  Link link;
  link.ours = connect_to(listener.endpoint());
  link.theirs = listener.accept();
  return link;
}

Link pair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("pair");
  StartedConnect started;
  started.fd = FileDescriptor(ends[0]);
  Link link{std::make_unique<Connection>(std::move(started), Endpoint()), FileDescriptor(ends[1])};
  static_cast<void>(link.ours->establish());
  return link;
}

IoResult read_one(Connection& connection) {
  char byte = 0;
  return connection.read({&byte, 1});
}

IoResult write_text(Connection& connection, std::string_view text) {
  const iovec part{const_cast<char*>(text.data()), text.size()};
  return connection.write({&part, 1});
}

void say(const FileDescriptor& fd, std::string_view text) {
  if (::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error(std::strerror(errno));
}

std::string hear(const FileDescriptor& fd, std::size_t bytes) {
  std::string text(bytes, '\0');
  const auto got = ::recv(fd.get(), text.data(), bytes, MSG_WAITALL);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

bool is_open(const FileDescriptor& theirs) {
  char byte;
  return ::recv(theirs.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
}

bool is_closed(const FileDescriptor& theirs) { return await({theirs.get(), true, false}) && hear(theirs, 1).empty(); }

}  // namespace cxxproxy::backend::test
