// What httpd's core holds back of an output that its socket did not take.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// It writes as much of that as the socket takes now, without waiting; c->data_in_output_filters tells whether there is
// more. An error: the client is gone.
inline apr_status_t write_held_back(conn_rec* c) {
  if (!c->data_in_output_filters) return APR_SUCCESS;
  ap_filter_t* core = c->output_filters;
  while (core->next) core = core->next;
  return core->frec->filter_func.out_func(core, nullptr);
}

}  // namespace cxxproxy::httpd
