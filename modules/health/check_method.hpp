// The ways to ask a backend whether it is well, by the names that `hcmethod=` has for them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cxxproxy::health {

enum class CheckMethod : std::uint8_t {
  None,  // not checked
  Tcp,   // a connection is enough
  Options,
  Head,
  Get,
  Options11,  // these three with HTTP/1.1
  Head11,
  Get11,
  Grpc,  // grpc.health.v1.Health/Check, over HTTP/2
};

struct CheckMethodName {
  CheckMethod method;
  std::string_view name;
};

inline constexpr std::array<CheckMethodName, 9> check_method_names = {{
    {CheckMethod::None, "NONE"},
    {CheckMethod::Tcp, "TCP"},
    {CheckMethod::Options, "OPTIONS"},
    {CheckMethod::Head, "HEAD"},
    {CheckMethod::Get, "GET"},
    {CheckMethod::Options11, "OPTIONS11"},
    {CheckMethod::Head11, "HEAD11"},
    {CheckMethod::Get11, "GET11"},
    {CheckMethod::Grpc, "GRPC"},
}};

// In upper case.
std::string_view name_of(CheckMethod method) noexcept;

// Of a name in any case; nothing for any other word.
std::optional<CheckMethod> check_method_of(std::string_view name) noexcept;

}  // namespace cxxproxy::health
