#include "wire/field_name.hpp"

#include <array>
#include <cstddef>

#include "wire/fields.hpp"

// Names are found in a hash table that the compiler fills. Its key is the length and both ends of a name, which no two
// of them share; one that finds its slot taken goes to the next free one. The factors in slot_of() are tried out: with
// them nearly every name gets a slot of its own.
namespace cxxproxy::wire {

namespace {

enum class Reach : std::uint8_t {
  Onward,
  NotInTrailer,
  ThisHop,  // in a trailer neither
};

struct Row {
  FieldName name;
  std::string_view spelling;
  Reach reach;
};

constexpr std::array<Row, 45> rows = {{
    {FieldName::Other, "", Reach::Onward},
    {FieldName::Age, "Age", Reach::NotInTrailer},
    {FieldName::AuthenticationInfo, "Authentication-Info", Reach::NotInTrailer},
    {FieldName::Authorization, "Authorization", Reach::NotInTrailer},
    {FieldName::CacheControl, "Cache-Control", Reach::NotInTrailer},
    {FieldName::Connection, "Connection", Reach::ThisHop},
    {FieldName::ContentEncoding, "Content-Encoding", Reach::NotInTrailer},
    {FieldName::ContentLength, "Content-Length", Reach::NotInTrailer},
    {FieldName::ContentLocation, "Content-Location", Reach::Onward},
    {FieldName::ContentRange, "Content-Range", Reach::NotInTrailer},
    {FieldName::ContentType, "Content-Type", Reach::NotInTrailer},
    {FieldName::Date, "Date", Reach::NotInTrailer},
    {FieldName::Destination, "Destination", Reach::Onward},
    {FieldName::Expect, "Expect", Reach::NotInTrailer},
    {FieldName::Expires, "Expires", Reach::NotInTrailer},
    {FieldName::Host, "Host", Reach::NotInTrailer},
    {FieldName::IfMatch, "If-Match", Reach::Onward},
    {FieldName::IfModifiedSince, "If-Modified-Since", Reach::Onward},
    {FieldName::IfNoneMatch, "If-None-Match", Reach::Onward},
    {FieldName::IfRange, "If-Range", Reach::Onward},
    {FieldName::IfUnmodifiedSince, "If-Unmodified-Since", Reach::Onward},
    {FieldName::KeepAlive, "Keep-Alive", Reach::ThisHop},
    {FieldName::LastModified, "Last-Modified", Reach::Onward},
    {FieldName::Location, "Location", Reach::NotInTrailer},
    {FieldName::MaxForwards, "Max-Forwards", Reach::NotInTrailer},
    {FieldName::Pragma, "Pragma", Reach::NotInTrailer},
    {FieldName::ProxyAuthenticate, "Proxy-Authenticate", Reach::NotInTrailer},
    {FieldName::ProxyAuthenticationInfo, "Proxy-Authentication-Info", Reach::NotInTrailer},
    {FieldName::ProxyAuthorization, "Proxy-Authorization", Reach::NotInTrailer},
    {FieldName::ProxyConnection, "Proxy-Connection", Reach::ThisHop},
    {FieldName::Range, "Range", Reach::NotInTrailer},
    {FieldName::RetryAfter, "Retry-After", Reach::NotInTrailer},
    {FieldName::SetCookie, "Set-Cookie", Reach::NotInTrailer},
    {FieldName::Te, "TE", Reach::ThisHop},
    {FieldName::Trailer, "Trailer", Reach::ThisHop},
    {FieldName::TransferEncoding, "Transfer-Encoding", Reach::ThisHop},
    {FieldName::Upgrade, "Upgrade", Reach::ThisHop},
    {FieldName::Uri, "URI", Reach::Onward},
    {FieldName::Vary, "Vary", Reach::NotInTrailer},
    {FieldName::Via, "Via", Reach::NotInTrailer},
    {FieldName::Warning, "Warning", Reach::NotInTrailer},
    {FieldName::WwwAuthenticate, "WWW-Authenticate", Reach::NotInTrailer},
    {FieldName::XForwardedFor, "X-Forwarded-For", Reach::Onward},
    {FieldName::XForwardedHost, "X-Forwarded-Host", Reach::Onward},
    {FieldName::XForwardedServer, "X-Forwarded-Server", Reach::Onward},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].name) != i) return false;
  }
  return true;
}

static_assert(in_order(), "row_of() indexes the table by the name");

constexpr const Row& row_of(FieldName name) noexcept { return rows[static_cast<std::size_t>(name)]; }

// All spellings in lower case, one behind the other.
struct LowerSpellings {
  static constexpr std::size_t room = 1024;
  std::array<char, room> text{};
  std::array<std::uint16_t, rows.size() + 1> begins{};
};

constexpr LowerSpellings lower_all() {
  LowerSpellings all;
  std::size_t end = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const char c : rows[i].spelling) all.text[end++] = lower(c);
    all.begins[i + 1] = static_cast<std::uint16_t>(end);
  }
  return all;
}

constexpr LowerSpellings lower_spellings = lower_all();

constexpr std::size_t slot_count = 128;
static_assert(rows.size() < slot_count, "a search ends at a free slot");

// Any two names that differ in case only get the same one; `text` is not empty.
constexpr std::size_t slot_of(std::string_view text) noexcept {
  constexpr unsigned char case_bit = 'a' - 'A';
  const std::size_t first = static_cast<unsigned char>(text.front()) | case_bit;
  const std::size_t last = static_cast<unsigned char>(text.back()) | case_bit;
  return (text.size() + 20 * first + 10 * last) % slot_count;
}

constexpr std::size_t next_slot(std::size_t slot) noexcept { return (slot + 1) % slot_count; }

constexpr std::array<FieldName, slot_count> fill_slots() {
  std::array<FieldName, slot_count> slots{};
  for (const Row& row : rows) {
    if (row.name == FieldName::Other) continue;
    std::size_t slot = slot_of(row.spelling);
    while (slots[slot] != FieldName::Other) slot = next_slot(slot);
    slots[slot] = row.name;
  }
  return slots;
}

constexpr std::array<FieldName, slot_count> slots = fill_slots();

}  // namespace

FieldName field_name(std::string_view text) noexcept {
  if (text.empty()) return FieldName::Other;
  for (std::size_t slot = slot_of(text); slots[slot] != FieldName::Other; slot = next_slot(slot)) {
    if (iequals(text, row_of(slots[slot]).spelling)) return slots[slot];
  }
  return FieldName::Other;
}

std::string_view spelling(FieldName name) noexcept { return row_of(name).spelling; }

std::string_view lower_spelling(FieldName name) noexcept {
  const auto row = static_cast<std::size_t>(name);
  const std::size_t begin = lower_spellings.begins[row];
  return {lower_spellings.text.data() + begin, lower_spellings.begins[row + 1] - begin};
}

bool dropped_from_request(FieldName name) noexcept { return row_of(name).reach == Reach::ThisHop; }

bool dropped_from_response(FieldName name) noexcept {
  return row_of(name).reach == Reach::ThisHop || name == FieldName::ProxyAuthenticate;
}

bool dropped_from_trailer(FieldName name) noexcept { return row_of(name).reach != Reach::Onward; }

}  // namespace cxxproxy::wire
