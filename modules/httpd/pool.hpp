// C++ objects in APR pools: the pool owns, nothing else does.
#pragma once

#include "httpd/apache.hpp"

#include <apr_pools.h>
#include <apr_tables.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cxxproxy::httpd {

// Makes a T that dies with the pool: in its ordinary cleanups, so its destructor must not touch child pools.
template <class T, class... Args>
T& make_in(apr_pool_t* pool, Args&&... args) {
  static_assert(alignof(T) <= 8, "APR aligns to 8");
  static_assert(std::is_nothrow_destructible_v<T>);
  T* made = ::new (apr_palloc(pool, sizeof(T))) T(std::forward<Args>(args)...);
  if constexpr (!std::is_trivially_destructible_v<T>) {
    apr_pool_cleanup_register(
        pool, made,
        [](void* p) noexcept -> apr_status_t {
          std::destroy_at(static_cast<T*>(p));
          return APR_SUCCESS;
        },
        apr_pool_cleanup_null);
  }
  return *made;
}

inline const char* copy_in(apr_pool_t* pool, std::string_view text) {
  return apr_pstrmemdup(pool, text.data(), text.size());
}

// The parts behind one another, and a NUL.
inline char* joined_in(apr_pool_t* pool, std::initializer_list<std::string_view> parts) {
  std::size_t size = 1;
  for (const std::string_view part : parts) size += part.size();
  char* const text = static_cast<char*>(apr_palloc(pool, size));
  char* end = text;
  for (const std::string_view part : parts) end = std::copy(part.begin(), part.end(), end);
  *end = '\0';
  return text;
}

// A growing array in a pool. Elements are trivially destructible, so that nobody has to run anything at its end; a copy
// of the handle is the same array.
template <class T>
class PoolArray {
  static_assert(std::is_trivially_destructible_v<T>);
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  PoolArray() = default;
  explicit PoolArray(apr_pool_t* pool) : array_(apr_array_make(pool, 4, sizeof(T))) {}

  // Both arrays, `first` first. Shares their memory until one of the three grows, which the others do not see.
  static PoolArray joined(apr_pool_t* pool, const PoolArray& first, const PoolArray& second) {
    PoolArray both;
    if (first.array_ && second.array_) {
      both.array_ = apr_array_append(pool, first.array_, second.array_);
    } else if (const PoolArray& only = first.array_ ? first : second; only.array_) {
      both.array_ = apr_array_copy_hdr(pool, only.array_);
    }
    return both;
  }

  T& push(const T& element) {
    T* place = static_cast<T*>(apr_array_push(array_));
    return *::new (place) T(element);
  }
  std::size_t size() const noexcept { return array_ ? static_cast<std::size_t>(array_->nelts) : 0; }
  bool empty() const noexcept { return size() == 0; }
  T* begin() const noexcept { return array_ ? reinterpret_cast<T*>(array_->elts) : nullptr; }
  T* end() const noexcept { return begin() + size(); }
  T& operator[](std::size_t i) const noexcept { return begin()[i]; }
  apr_array_header_t* handle() const noexcept { return array_; }

 private:
  apr_array_header_t* array_ = nullptr;
};

// A configured value that knows whether it was given, for httpd's "the inner one wins" merging.
template <class T>
struct Setting {
  T value{};
  bool given = false;

  void set(T given_value) {
    value = given_value;
    given = true;
  }
  // This setting inside `outer`: ours if it was given.
  Setting within(const Setting& outer) const { return given ? *this : Setting{outer.value, outer.given}; }
  T value_or(T fallback) const { return given ? value : fallback; }
};

}  // namespace cxxproxy::httpd
