// The gRPC health checking protocol (grpc.health.v1.Health/Check), as far as a check needs it: a message of one string
// there, a message of one number back.
#pragma once

#include "probe/question.hpp"

#include <string>
#include <string_view>

namespace cxxproxy::probe {

inline constexpr std::string_view grpc_health_path = "/grpc.health.v1.Health/Check";

// The request's body for a service; "" asks for the server as a whole.
std::string grpc_health_request(std::string_view service);

// Empty: it is serving. Else what it is, in words ("NOT_SERVING", "grpc-status 12 (unimplemented)").
std::string grpc_health_trouble(const Answer& answer);

}  // namespace cxxproxy::probe
