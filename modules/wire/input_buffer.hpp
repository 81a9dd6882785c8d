// Bytes that were read from a client and that httpd's core has not taken yet.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cxxproxy::wire {

// One connection's. Bytes may be lent for the time of one turn, so that a request that comes whole is never copied;
// what is left of them at the end of the turn is kept.
class InputBuffer {
 public:
  bool empty() const noexcept { return unread_.empty(); }
  std::size_t size() const noexcept { return unread_.size(); }

  // All that is unread; valid until the next call of anything but eat().
  std::string_view unread() const noexcept { return unread_; }

  // `bytes` stay where they are until keep() is called.
  void lend(std::string_view bytes);

  // Copies `bytes` behind what is unread.
  void append(std::string_view bytes);

  void eat(std::size_t count) noexcept { unread_.remove_prefix(count); }

  // The turn is over: what was lent and not eaten is copied; memory that is no longer needed goes back.
  void keep();

 private:
  bool is_own() const noexcept { return unread_.data() >= own_.data() && unread_.data() <= own_.data() + own_.size(); }

  std::string own_;
  std::string_view unread_;
};

}  // namespace cxxproxy::wire
