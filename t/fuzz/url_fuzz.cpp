#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/request_writer.hpp"
#include "wire/url.hpp"

/// Taking URLs apart loses nothing, and no path comes out of the canonical form that is unfit for a request line.
namespace {

using namespace cxxproxy::wire;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_split(std::string_view text) {
  const auto url = split_url(text);
  if (!url) return;
  require(!url->scheme.empty() && !url->host.empty() && !has_ctl_or_space(text));
  require(url->host.find_first_of("/?#@[]\\") == std::string_view::npos);
  require(url->port.find_first_of("/?#@:[]") == std::string_view::npos);
  std::string again = std::string(url->scheme) + "://";
  const std::size_t userinfo = text.find('@') < text.size() - url->path_and_query.size() ? 1 : 0;
  again.append(url->userinfo).append(userinfo, '@');
  again.append(url->bracketed ? "[" : "").append(url->host).append(url->bracketed ? "]" : "");
  if (again.size() + url->path_and_query.size() < text.size()) again.append(":").append(url->port);
  require(again.append(url->path_and_query) == text);
}

void check_path(std::string_view decoded) {
  for (const EncodedSlashes slashes : {EncodedSlashes::Decoded, EncodedSlashes::Kept}) {
    std::string path = "/";
    append_canonical_path(path, decoded, slashes);
    require(!has_ctl_or_space(path) && path.find_first_of("?#\"<>\\") == std::string::npos);
    const auto back = decode(path);
    require(back.has_value());
    if (slashes == EncodedSlashes::Decoded) require(*back == "/" + std::string(decoded));
    std::string request;
    RequestWriter writer(request);
    require(writer.start("GET", path, 1) && writer.finish());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_split(text);
  check_path(text);
  if (const auto decoded = decode(text)) check_path(*decoded);
  if (const auto port = port_number(text)) require(*port > 0);
  static_cast<void>(default_port(text));
  return 0;
}
