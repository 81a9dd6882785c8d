#include "backend/tls/openssl.hpp"

namespace cxxproxy::backend {

std::string openssl_error() {
  const unsigned long code = ERR_peek_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string text = reason ? reason : code == 0 ? "no reason given" : "error " + std::to_string(code);
  ERR_clear_error();
  return text;
}

}  // namespace cxxproxy::backend
