// A temporary file for a body whose length must be known before it is sent on.
#pragma once

#include "backend/socket.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cxxproxy::exchange {

// The file has no name, so nothing is left behind however the process ends. One thread at a time. Reading and writing
// may wait for the disk.
class Spool {
 public:
  bool empty() const noexcept { return size_ == 0; }
  std::uint64_t size() const noexcept { return size_; }

  // False: the disk is full or there is no place for temporary files; errno says which.
  bool append(std::string_view bytes);

  // Up to `most` bytes from `offset` on, lent until the next call; empty at the end or when reading fails.
  std::string_view read(std::uint64_t offset, std::size_t most);

 private:
  bool open();

  backend::FileDescriptor file_;
  std::uint64_t size_ = 0;
  std::string buffer_;
};

}  // namespace cxxproxy::exchange
