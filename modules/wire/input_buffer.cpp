#include "wire/input_buffer.hpp"

namespace cxxproxy::wire {

void InputBuffer::lend(std::string_view bytes) {
  if (unread_.empty()) {
    unread_ = bytes;
  } else {
    append(bytes);
  }
}

void InputBuffer::append(std::string_view bytes) {
  if (!is_own()) {
    own_.assign(unread_);
  } else if (unread_.data() != own_.data()) {
    own_.erase(0, static_cast<std::size_t>(unread_.data() - own_.data()));
  }
  own_.resize(unread_.size());
  own_.append(bytes);
  unread_ = own_;
}

void InputBuffer::keep() {
  if (unread_.empty()) {
    unread_ = {};
    if (own_.capacity() > sizeof(std::string)) std::string().swap(own_);  // an assignment would keep the memory
  } else if (!is_own()) {
    own_.assign(unread_);
    unread_ = own_;
  }
}

}  // namespace cxxproxy::wire
