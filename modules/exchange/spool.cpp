#include "exchange/spool.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

namespace cxxproxy::exchange {

bool Spool::open() {
  if (file_) return true;
  const char* chosen = ::secure_getenv("TMPDIR");
  const char* folder = chosen && *chosen ? chosen : "/tmp";
  file_ = backend::FileDescriptor(::open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file_) return true;
  // A file system without O_TMPFILE.
  std::string name = std::string(folder) + "/cxxproxy.XXXXXX";
  file_ = backend::FileDescriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (file_) ::unlink(name.c_str());
  return static_cast<bool>(file_);
}

bool Spool::append(std::string_view bytes) {
  if (!open()) return false;
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string_view Spool::read(std::uint64_t offset, std::size_t most) {
  if (!file_) return {};
  buffer_.resize(most);
  ssize_t got;
  do {
    got = ::pread(file_.get(), buffer_.data(), most, static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  return got > 0 ? std::string_view(buffer_).substr(0, static_cast<std::size_t>(got)) : std::string_view{};
}

}  // namespace cxxproxy::exchange
