#include "httpd/common_links.hpp"

#include "httpd/capture/engine.hpp"

namespace cxxproxy::httpd {

// With reactors beside them, connections that lie idle here would keep slots from those that nobody gives back.
exchange::CommonLinks& common_links() {
  static auto& only = *new exchange::CommonLinks(!engine_runs());
  return only;
}

}  // namespace cxxproxy::httpd
