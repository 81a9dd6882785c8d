// What can go wrong with TLS to a backend.
#pragma once

#include <cstdint>
#include <string>

namespace cxxproxy::backend {

enum class TlsFault : std::uint8_t {
  NotTls,             // what the backend speaks is something else
  Protocol,           // no version of the protocol that both sides allow
  Certificate,        // its certificate could not be verified: unknown issuer, revoked, not valid now, …
  ChainTooLong,       // it could, but over more certificates than allowed
  Dates,              // it is not valid now, whoever signed it
  Name,               // it is for another name
  CommonName,         // likewise, where only the common name counts
  ClientCertificate,  // the backend wants a certificate of ours, and does not get one that it takes
  Alpn,               // it speaks none of the protocols that were offered for what is inside
  NoHttp2,            // HTTP/2 was asked for, and it has not chosen that
  Slow,               // out of time
  Other,
};

struct TlsTrouble {
  TlsFault fault;
  std::string text;  // for the log, in words
};

}  // namespace cxxproxy::backend
