#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "wire/field_name.hpp"

namespace cxxproxy::wire {

// Writes the head of one HTTP/1 request behind whatever a string holds already (RFC 9112 sections 3 and 5).
//
// It never writes what could be read as two things: a method or field name that is no token, a target with blanks or
// control characters, a value with control characters (CR, LF, NUL ...) are refused. The first refusal sticks: nothing
// more is written, what was written is taken back, and every call from then on returns false. So only finish() need be
// looked at.
//
// The string is the caller's and must outlive the writer; nobody else may touch or read it until finish(): what is
// written goes into room at its end that is made ahead.
class RequestWriter {
 public:
  explicit RequestWriter(std::string& out) noexcept : out_(out), begin_(out.size()), end_(begin_) {}

  // The request line; `minor_version` is 0 or 1. First of all calls.
  bool start(std::string_view method, std::string_view target, int minor_version);

  // A field that has one of the known names (not Other), spelled as the standards do.
  bool field(FieldName name, std::string_view value) { return write(spelling(name), {value}); }
  bool field(FieldName name, std::uint64_t number);

  // A field that has any name.
  bool field(std::string_view name, std::string_view value) { return field(name, {value}); }

  // One field whose value is the pieces put together: `{host, ":", port}`, `{sent_by_client, ", ", ours}`.
  bool field(std::string_view name, std::initializer_list<std::string_view> pieces);

  // The same with a name that is recognized already: `known` is field_name(name).
  bool field(FieldName known, std::string_view name, std::initializer_list<std::string_view> pieces);

  // The empty line. False if anything was refused; the string is then as it was before.
  [[nodiscard]] bool finish();

  bool refused() const noexcept { return refused_; }

 private:
  bool write(std::string_view good_name, std::initializer_list<std::string_view> pieces);
  bool refuse();
  char* room_for(std::size_t size);
  [[gnu::noinline]] void grow(std::size_t size);

  std::string& out_;
  std::size_t begin_;
  std::size_t end_;  // of what is written; behind it is room
  bool refused_ = false;
};

// What goes before the data of a chunk: its size in hex and a line end. Returns how many characters were written.
// The size must not be 0, which would end the body.
std::size_t write_chunk_prefix(char (&out)[18], std::uint64_t size) noexcept;

// What goes behind the data of a chunk.
inline constexpr std::string_view chunk_end = "\r\n";

// What goes behind the last chunk: size 0 and an empty trailer.
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace cxxproxy::wire
