#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "probe/grpc.hpp"

/// Any bytes are the body of an answer, and a grpc-status. What is said of them can be read in a log, and a body is
/// well in one way only: cut anywhere it is not.
namespace {

using cxxproxy::probe::Answer;

std::string trouble(std::string_view body, std::string_view status) {
  Answer answer;
  answer.whole = true;
  answer.status = 200;
  answer.body = body;
  answer.body.shrink_to_fit();
  answer.trailers = {{"grpc-status", std::string(status)}};
  std::string found = cxxproxy::probe::grpc_health_trouble(answer);
  const bool readable = std::all_of(found.begin(), found.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!readable || found.size() > 100) std::abort();
  return found;
}

std::uint32_t length_in(std::string_view body) {
  if (body.size() < 5) std::abort();
  std::uint32_t length = 0;
  for (const char byte : body.substr(1, 4)) length = length << 8U | static_cast<unsigned char>(byte);
  return length;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (trouble(bytes, "0").empty()) {
    const std::uint32_t message = length_in(bytes);
    if (bytes[0] != 0 || message == 0 || message > size - 5) std::abort();
    const std::string_view one = bytes.substr(0, 5 + message);
    if (!trouble(one, "0").empty() || trouble(one.substr(0, one.size() - 1), "0").empty()) std::abort();
  }
  if (trouble(bytes, bytes).empty()) std::abort();

  // What asks for a service has its length in front.
  const std::string request = cxxproxy::probe::grpc_health_request(bytes);
  if (request[0] != 0 || length_in(request) != request.size() - 5 || !request.ends_with(bytes)) std::abort();
  return 0;
}
