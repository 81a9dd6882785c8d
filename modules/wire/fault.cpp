#include "wire/fault.hpp"

#include <array>

namespace cxxproxy::wire {

namespace {

struct Row {
  Fault fault;
  std::string_view word;
};

constexpr std::array<Row, 19> rows = {{
    {Fault::ClosedBeforeAnswer, "closed before the answer"},
    {Fault::ClosedInHead, "closed in the head"},
    {Fault::ClosedInBody, "closed in the body"},
    {Fault::BadStatusLine, "bad status line"},
    {Fault::BadVersion, "bad HTTP version"},
    {Fault::BadStatus, "bad status code"},
    {Fault::BadLine, "NUL or bare line feed"},
    {Fault::NoColon, "field without a colon"},
    {Fault::BadFieldName, "bad field name"},
    {Fault::BadFieldValue, "bad field value"},
    {Fault::BadFold, "folded line without a field"},
    {Fault::LineTooLong, "line too long"},
    {Fault::HeadTooLarge, "head too large"},
    {Fault::TooManyFields, "too many fields"},
    {Fault::TooManyInterims, "too many interim answers"},
    {Fault::BadContentLength, "bad Content-Length"},
    {Fault::BadTransferCoding, "bad Transfer-Encoding"},
    {Fault::BadChunk, "bad chunk"},
    {Fault::ChunkExtensionsTooLong, "chunk extensions too long"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].fault) != i) return false;
  }
  return true;
}

static_assert(in_order(), "word() indexes the table by the fault");

}  // namespace

std::string_view word(Fault fault) noexcept { return rows[static_cast<std::size_t>(fault)].word; }

}  // namespace cxxproxy::wire
