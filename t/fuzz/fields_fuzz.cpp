#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/fields.hpp"
#include "wire/request_writer.hpp"

/// The first line is a name, the rest a value: what the grammar accepts can be written as exactly one field, and every
/// option of a Connection is known afterwards.
namespace {

using namespace cxxproxy::wire;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_list(std::string_view list) {
  ConnectionOptions options;
  options.add(list);
  for_each_member(list, connection_separators, [&](std::string_view member) {
    require(!member.empty() && trim_ows(member) == member);
    require(options.too_many() || options.lists(member));
  });
  for_each_member(list, [&](std::string_view member) {
    require(!member.empty() && trim_ows(member) == member && list_contains(list, member));
  });
}

void check_written(std::string_view name, std::string_view value) {
  std::string out = "before";
  RequestWriter writer(out);
  writer.start("GET", "/", 1);
  writer.field(name, value);
  const bool good = is_token(name) && is_field_value(value);
  require(writer.finish() == good);
  if (!good) return require(out == "before");
  std::string expected = "beforeGET / HTTP/1.1\r\n";
  require(out == expected.append(name).append(": ").append(value).append("\r\n\r\n"));
  require(out.find('\0') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string_view name = text.substr(0, line);
  const std::string_view value = text.substr(std::min(line + 1, text.size()));
  const FieldName known = field_name(name);
  require(iequals(name, name) && (known == FieldName::Other || iequals(name, spelling(known))));
  require(!dropped_from_request(known) || (dropped_from_response(known) && dropped_from_trailer(known)));
  check_list(value);
  check_written(name, trim_ows(value));
  return 0;
}
