#pragma once

#include <cstdint>
#include <string_view>

namespace cxxproxy::wire {

// What is wrong with what a backend sent. After any of them its connection is of no more use.
enum class Fault : std::uint8_t {
  ClosedBeforeAnswer,  // not one byte of this answer came: the only fault that a retry may follow
  ClosedInHead,
  ClosedInBody,
  BadStatusLine,  // not `HTTP/d.d ddd`, then a space or the end of the line
  BadVersion,     // HTTP, but not 1.x
  BadStatus,      // three digits, but not within 100-599
  BadLine,        // a NUL in a line of the head or trailer, or a bare line feed where only CRLF will do
  NoColon,
  BadFieldName,
  BadFieldValue,
  BadFold,  // a continuation of no field
  LineTooLong,
  HeadTooLarge,
  TooManyFields,
  TooManyInterims,
  BadContentLength,
  BadTransferCoding,
  BadChunk,
  ChunkExtensionsTooLong,
};

// The fault in a word or two, for the log.
std::string_view word(Fault fault) noexcept;

}  // namespace cxxproxy::wire
