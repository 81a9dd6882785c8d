// What bench/picks adds to a server: GET /picks/NAME/MILLISECONDS chooses a member of balancer://NAME again and again
// for so long, on one thread, and answers "PICKS NANOSECONDS". `Picker` has a constructor from the request and the name
// of the balancer, and picks with operator(); false means that nobody was chosen.
#pragma once

#include <httpd.h>

#include <http_config.h>
#include <http_protocol.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

namespace picks {

inline constexpr int batch = 16;  // picks between two looks at the clock

template <class Picker>
int answer(request_rec* r) noexcept {
  if (!r->handler || std::string_view(r->handler) != "picks") return DECLINED;
  char name[64];
  long milliseconds = 0;
  if (std::sscanf(r->uri, "/picks/%63[^/]/%ld", name, &milliseconds) != 2) return HTTP_NOT_FOUND;
  Picker picker(r, std::string("balancer://") + name);
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  const Clock::time_point end = begin + std::chrono::milliseconds(milliseconds);
  long long count = 0;
  Clock::time_point now = begin;
  for (; now < end; now = Clock::now(), count += batch) {
    for (int n = 0; n < batch; ++n) {
      if (!picker()) return HTTP_SERVICE_UNAVAILABLE;
    }
  }
  ap_set_content_type(r, "text/plain");
  const auto took = std::chrono::duration_cast<std::chrono::nanoseconds>(now - begin).count();
  ap_rputs((std::to_string(count) + " " + std::to_string(took) + "\n").c_str(), r);
  return OK;
}

}  // namespace picks
