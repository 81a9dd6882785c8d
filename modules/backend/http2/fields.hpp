// The fields of a head or a trailer that came over HTTP/2, with the texts that they are views of.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/fields.hpp"

namespace cxxproxy::backend {

// Laid out as wire::ResponseHead promises it. What views() gives stays valid until clear() or the next add(), wherever
// the memory goes: whoever is shown it may swap it for his own, instead of copying it. No allocation once warm.
class Http2Fields {
 public:
  Http2Fields() = default;
  Http2Fields(Http2Fields&& other) noexcept { swap(other); }
  Http2Fields& operator=(Http2Fields&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Http2Fields() = default;

  void clear() noexcept {
    fields_.clear();
    used_ = bytes_ = 0;
  }

  // Throws std::bad_alloc; then nothing was added.
  void add(std::string_view name, std::string_view value, wire::FieldName known);

  std::span<const wire::Field> views() const noexcept { return fields_; }
  std::size_t size() const noexcept { return fields_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }  // of all names and values that were added
  std::size_t memory() const noexcept { return room_; }  // that its texts have

  template <class Which>
  void erase_if(Which&& which) noexcept {
    std::erase_if(fields_, which);
  }

  void swap(Http2Fields& other) noexcept {
    text_.swap(other.text_);
    std::swap(room_, other.room_);
    std::swap(used_, other.used_);
    std::swap(bytes_, other.bytes_);
    fields_.swap(other.fields_);
  }

 private:
  void grow(std::size_t more);

  std::unique_ptr<char[]> text_;
  std::size_t room_ = 0;
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
  std::vector<wire::Field> fields_;
};

}  // namespace cxxproxy::backend
