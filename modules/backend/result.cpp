#include "backend/result.hpp"

#include <netdb.h>

#include <system_error>

namespace cxxproxy::backend {
namespace {

std::string_view headline(Fault fault) {
  switch (fault) {
    case Fault::Lookup:
      return "name lookup failed";
    case Fault::UnixPathTooLong:
      return "unix socket path too long";
    case Fault::Socket:
      return "no socket";
    case Fault::Connect:
      return "connect failed";
    case Fault::PoolExhausted:
      return "no free connection slot in time";
    case Fault::PoolStopped:
      return "connection pool is shutting down";
  }
  return "unknown fault";
}

std::string reason(const Error& error) {
  if (error.fault == Fault::Lookup) return ::gai_strerror(error.code);
  return std::generic_category().message(error.code);
}

}  // namespace

std::string Error::text() const {
  std::string text(headline(fault));
  if (code != 0) text.append(": ").append(reason(*this));
  return text;
}

}  // namespace cxxproxy::backend
