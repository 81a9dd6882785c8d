#include "httpd/capture/head_wait.hpp"

#include "httpd/config.hpp"

#include <algorithm>
#include <utility>

namespace cxxproxy::httpd {

wire::RequestHeadScan::Limits HeadWait::limits() const noexcept {
  const auto limit = [](int configured) { return static_cast<std::size_t>(std::max(configured, 0)); };
  return {.line = limit(server_->limit_req_line),
          .field = limit(server_->limit_req_fieldsize),
          .fields = limit(server_->limit_req_fields)};
}

void HeadWait::begin(engine::TimePoint now) {
  is_new_ = true;
  is_plain_ = false;
  began_ = now;
}

bool HeadWait::complete(std::string_view unread, engine::TimePoint now) {
  if (std::exchange(is_new_, false)) {
    is_plain_ = plain_.read(unread, limits());
    if (is_plain_) return true;
    scan_.restart(limits());
  }
  if (scan_.on_bytes(unread) != wire::RequestHeadScan::State::Incomplete) return true;
  const HeaderTimeout limit = header_timeout_of(server_);
  if (limit.initial == 0) {
    deadline_ = engine::deadline_after(now, engine::Duration(server_->timeout));
    return false;
  }
  apr_interval_time_t allowed = limit.initial + static_cast<apr_interval_time_t>(unread.size()) * limit.per_byte;
  if (limit.most > 0) allowed = std::min(allowed, limit.most);
  deadline_ = engine::deadline_after(began_, engine::Duration(allowed));
  return false;
}

}  // namespace cxxproxy::httpd
