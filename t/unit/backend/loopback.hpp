// Backends for tests: listeners in this process, on ports the kernel picks. Everything here may block, for seconds at
// most.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/address.hpp"
#include "backend/connection.hpp"
#include "backend/socket.hpp"

namespace cxxproxy::backend::test {

// A socket that listens. Its unix path, if any, is removed at the end.
class Listener {
 public:
  static Listener v4();
  static std::optional<Listener> v6();  // none on a host without IPv6
  static Listener unix_socket();

  Listener(Listener&&) = default;
  ~Listener();

  const Endpoint& endpoint() const { return endpoint_; }
  FileDescriptor accept() const;          // the backend's side of the next connection
  bool has_visitor() const;               // one is waiting to be accepted
  void stop_listening() { fd_.reset(); }  // from now on connects are refused

 private:
  Listener() = default;
  static std::optional<Listener> on(const Endpoint& wanted);

  FileDescriptor fd_;
  Endpoint endpoint_;
};

// Both ends of one connection.
struct Link {
  std::unique_ptr<Connection> ours;
  FileDescriptor theirs;
};

std::unique_ptr<Connection> connect_to(const Endpoint& endpoint);
Link link_to(const Listener& listener);
Link pair();  // the same without a listener or an endpoint

// True when the wish comes true within a few seconds.
bool await(const engine::Interest& wish);

IoResult read_one(Connection& connection);  // a byte at most
IoResult write_text(Connection& connection, std::string_view text);

void say(const FileDescriptor& fd, std::string_view text);
std::string hear(const FileDescriptor& fd, std::size_t bytes);

// What the backend sees of the proxy's end.
bool is_open(const FileDescriptor& theirs);    // at this moment, with nothing to be heard
bool is_closed(const FileDescriptor& theirs);  // within a few seconds

}  // namespace cxxproxy::backend::test
