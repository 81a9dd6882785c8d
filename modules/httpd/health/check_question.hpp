// What a member is asked, by its hc* keys.
#pragma once

#include "httpd/config.hpp"
#include "httpd/live_settings.hpp"

#include "probe/question.hpp"

#include <optional>
#include <string>

namespace cxxproxy::httpd {

// A member of a balancer, and the server that has it.
struct CheckedMember {
  server_rec* server;
  const Balancer* balancer;
  Member* member;
  const TlsWay* tls;  // of requests at the balancer; null: SSLProxyEngine is not On for them
};

// Nothing: it cannot be asked, and `why` says in words why not. The target is good for as long as the process.
std::optional<probe::Question> check_question(const CheckedMember& checked, const LiveHealth& settings,
                                              std::string& why);

// What may follow the host: the path of the member's URL and `uri`, with one slash between and before them. What no
// request line may hold is encoded.
std::string check_path(std::string_view path, std::string_view uri);

}  // namespace cxxproxy::httpd
