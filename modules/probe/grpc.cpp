#include "probe/grpc.hpp"

#include "wire/fields.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace cxxproxy::probe {
namespace {

// HealthCheckResponse.ServingStatus.
constexpr std::array<std::string_view, 4> serving_names = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
constexpr std::uint64_t serving = 1;

// By the numbers of grpc-status.
constexpr std::array<std::string_view, 17> status_names = {
    "ok",        "cancelled",      "unknown",           "invalid argument",   "deadline exceeded",
    "not found", "already exists", "permission denied", "resource exhausted", "failed precondition",
    "aborted",   "out of range",   "unimplemented",     "internal",           "unavailable",
    "data loss", "unauthenticated"};

// A number of protocol buffers, seven bits a byte, the lowest first.
std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value > 0x7f; value >>= 7U) out += static_cast<char>(0x80 | (value & 0x7f));
  out += static_cast<char>(value);
}

bool skip(std::string_view& bytes, std::uint64_t count) {
  if (bytes.size() < count) return false;
  bytes.remove_prefix(count);
  return true;
}

// Past the value of a field that is not ours.
bool skip_value(std::string_view& bytes, unsigned wire_type) {
  switch (wire_type) {
    case 0:
      return take_varint(bytes).has_value();
    case 1:
      return skip(bytes, 8);
    case 2: {
      const std::optional<std::uint64_t> size = take_varint(bytes);
      return size && skip(bytes, *size);
    }
    case 5:
      return skip(bytes, 4);
    default:
      return false;
  }
}

// Field 1 of a HealthCheckResponse; a field that is left out is 0.
std::optional<std::uint64_t> serving_status(std::string_view message) {
  std::uint64_t status = 0;
  while (!message.empty()) {
    const std::optional<std::uint64_t> tag = take_varint(message);
    if (!tag) return std::nullopt;
    if (*tag == (1U << 3U)) {
      const std::optional<std::uint64_t> value = take_varint(message);
      if (!value) return std::nullopt;
      status = *value;
    } else if (!skip_value(message, static_cast<unsigned>(*tag & 7U))) {
      return std::nullopt;
    }
  }
  return status;
}

// The message behind its prefix: a flag for compression and four bytes of length.
std::optional<std::string_view> message_in(std::string_view body) {
  if (body.size() < 5 || body[0] != 0) return std::nullopt;
  std::uint32_t size = 0;
  for (int i = 1; i < 5; ++i) size = size << 8U | static_cast<unsigned char>(body[static_cast<std::size_t>(i)]);
  body.remove_prefix(5);
  if (body.size() < size) return std::nullopt;
  return body.substr(0, size);
}

// What follows a status comes from the backend: its number is enough.
std::string describe(const std::string& status) {
  const bool number = !status.empty() && status.size() <= 3 && status.find_first_not_of("0123456789") == status.npos;
  if (!number) return "a grpc-status that is no number";
  const auto value = static_cast<std::size_t>(std::stoi(status));
  const std::string name = value < status_names.size() ? " (" + std::string(status_names[value]) + ")" : "";
  return "grpc-status " + status + name;
}

const std::string* grpc_status(const Answer& answer) {
  for (const auto& [name, value] : answer.trailers) {
    if (wire::iequals(name, "grpc-status")) return &value;
  }
  return answer.field("grpc-status");
}

}  // namespace

std::string grpc_health_request(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message += '\x0a';  // field 1, a text
    put_varint(message, service.size());
    message += service;
  }
  std::string body(5, '\0');
  for (unsigned i = 0; i < 4; ++i) body[4 - i] = static_cast<char>(message.size() >> (8 * i));
  return body + message;
}

std::string grpc_health_trouble(const Answer& answer) {
  if (answer.status != 200) return "status " + std::to_string(answer.status);
  const std::string* const status = grpc_status(answer);
  if (!status) return "no gRPC: the answer has no grpc-status";
  if (*status != "0") return describe(*status);
  const std::optional<std::string_view> message = message_in(answer.body);
  const std::optional<std::uint64_t> found = message ? serving_status(*message) : std::nullopt;
  if (!found) return "no HealthCheckResponse";
  if (*found == serving) return {};
  return *found < serving_names.size() ? std::string(serving_names[*found])
                                       : "serving status " + std::to_string(*found);
}

}  // namespace cxxproxy::probe
