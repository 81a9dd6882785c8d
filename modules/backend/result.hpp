// A value, or why there is none.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace cxxproxy::backend {

// What went wrong on the way to a backend; `code` in Error is read accordingly.
enum class Fault {
  Lookup,           // the name has no address; code: EAI_* of getaddrinfo
  UnixPathTooLong,  // does not fit a sockaddr_un; code: ENAMETOOLONG
  Socket,           // none to be had; code: errno
  Connect,          // refused, unreachable, …; code: errno
  PoolExhausted,    // no free slot in time; code: 0
  PoolStopped,      // the child is going away; code: 0
};

struct Error {
  Fault fault;
  int code = 0;

  // For the log: "name lookup failed: Name or service not known". Any thread.
  std::string text() const;
  bool operator==(const Error&) const = default;
};

// Either a T or an Error. Asking for the one that is not there is a bug and ends the process.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)  // NOLINT(google-explicit-constructor): `return value;`
      : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error)  // NOLINT(google-explicit-constructor): `return error;`
      : state_(std::in_place_index<1>, error) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & noexcept { return std::get<0>(state_); }
  const T& value() const& noexcept { return std::get<0>(state_); }
  T&& value() && noexcept { return std::get<0>(std::move(state_)); }
  T& operator*() & noexcept { return value(); }
  const T& operator*() const& noexcept { return value(); }
  T&& operator*() && noexcept { return std::move(*this).value(); }
  T* operator->() noexcept { return &value(); }
  const T* operator->() const noexcept { return &value(); }

  const Error& error() const noexcept { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace cxxproxy::backend
