// The head of one request, as HTTP/2 has it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/field_name.hpp"
#include "wire/fields.hpp"

namespace cxxproxy::backend {

// The counterpart of wire::RequestWriter: fields in, in the caller's order, and what HTTP/2 wants of them is done here.
//
// Names become lower case, blanks around values go. Never sent, whoever asks: Connection, Proxy-Connection, Keep-Alive,
// Transfer-Encoding, Upgrade, HTTP2-Settings, Host (the authority stands for it) and TE, for which `te: trailers` is
// always sent. What HTTP/1 could not write either (no token for a name, a control character) is refused, and CONNECT;
// the first refusal sticks, so only finish() need be looked at.
//
// One thread. It may be used again and again, and allocates only until it is warm.
class Http2RequestHead {
 public:
  struct Line {
    std::string_view method;
    std::string_view scheme;     // http or https
    std::string_view authority;  // host[:port]; empty: none is sent
    std::string_view path;       // and query; or * with OPTIONS
  };

  // First of all calls; what was there before is forgotten.
  bool start(const Line& line);

  // The same for what follows a body. Fields that may not come there are refused.
  void start_trailer() noexcept;

  bool field(wire::FieldName name, std::string_view value) { return write(name, wire::spelling(name), {value}); }
  bool field(std::string_view name, std::string_view value) { return field(name, {value}); }

  // One field whose value is the pieces put together.
  bool field(std::string_view name, std::initializer_list<std::string_view> pieces);

  // The same with a name that is recognized already: `known` is wire::field_name(name).
  bool field(wire::FieldName known, std::string_view name, std::initializer_list<std::string_view> pieces);

  // A message's fields, without those that its Connection fields list. Refused if they list more than can be kept.
  bool fields(std::span<const wire::Field> all);

  // False if anything was refused, or it is more than a head can be (most_bytes).
  [[nodiscard]] bool finish();

  bool finished() const noexcept { return finished_; }

  static constexpr std::size_t most_bytes = 512 * 1024;

  // Of a finished one: visit(name, value, secret) for each field in the order of HTTP/2. Secret ones are not to be
  // remembered by anybody's field compression. The views are valid until the next start().
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Place& place : places_) {
      const char* const value = text_.data() + place.value;
      const char* const name = place.name ? place.name : value - place.name_size;
      visit(std::string_view(name, place.name_size), std::string_view(value, place.value_size), place.secret);
    }
  }
  std::size_t size() const noexcept { return places_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }         // of all names and values
  std::size_t memory() const noexcept { return text_.size(); }  // that its texts have
  bool is_head_request() const noexcept { return head_request_; }

 private:
  struct Place {
    const char* name;  // null: it lies before the value
    std::size_t name_size, value, value_size;
    bool secret;
  };

  bool write(wire::FieldName known, std::string_view name, std::initializer_list<std::string_view> pieces);
  void put(std::string_view constant_name, std::string_view value);
  void note(const Place& place);
  bool refuse() noexcept;
  char* room_for(std::size_t size);

  std::string text_;  // up to end_; behind it is room
  std::size_t end_ = 0;
  std::size_t bytes_ = 0;
  std::vector<Place> places_;
  bool trailer_ = false;
  bool head_request_ = false;
  bool refused_ = true;
  bool finished_ = false;
};

}  // namespace cxxproxy::backend
