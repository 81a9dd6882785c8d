// The client's side of an exchange over a request's filters, as any MPM, mod_ssl and mod_http2 provide them.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/capture/client_connection.hpp"
#include "httpd/capture/output_gate.hpp"

#include "engine/wait.hpp"
#include "exchange/client.hpp"

#include <cstdint>
#include <optional>

namespace cxxproxy::httpd {

class RequestDispatcher;

// One request's; used by the thread that serves it. Writing blocks in httpd's output filters, with the server's
// Timeout, unless there is a gate that keeps it from that, or it tunnels; reading does not unless read_blocking_once()
// asked for it.
class RequestClient final : public exchange::Client {
 public:
  // `has_body`: the request brings one, however short.
  RequestClient(request_rec* r, bool has_body);
  ~RequestClient();
  RequestClient(const RequestClient&) = delete;
  RequestClient& operator=(const RequestClient&) = delete;

  exchange::BodyRead read_body(std::size_t most) override;
  std::string_view keep(std::string_view rest) override;
  void interim(const wire::ResponseHead& head) override;
  bool switch_protocols(const wire::ResponseHead& head, std::string_view protocol) override;
  void end_writing() override;
  exchange::HeadUse head(const wire::Head& head) override;
  void body(std::string_view bytes) override;
  std::size_t relay(backend::Connection& connection, std::uint64_t most) override;
  exchange::Flow deliver(bool flush) override;
  void end(std::span<const wire::Field> trailers) override;
  void cut() override;
  std::uint64_t taken() const noexcept override { return gate_ ? gate_->flushes() : 0; }

  // Who knows which protocols the member may switch to; outlives this.
  void ask_about_protocols(const RequestDispatcher& dispatcher) noexcept { dispatcher_ = &dispatcher; }

  // From now on writing never waits: deliver() says Full instead. The gate is engaged, and outlives this.
  void write_through(OutputGate& gate) noexcept { gate_ = &gate; }

  // What becomes readable when there is more of the body: the client's socket, or the pipe of its HTTP/2 stream; -1
  // where there is nothing like that.
  int descriptor() noexcept;
  void read_blocking_once() noexcept { block_ = APR_BLOCK_READ; }

  // A tunnel waits on a reactor, maybe for long.
  void settle_down();

  // Another protocol has taken over.
  bool tunnels() const noexcept { return switched_; }
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }

 private:
  exchange::BodyRead next_bytes();
  exchange::BodyRead failed(apr_status_t status);
  bool reads_past_filters() const;
  exchange::BodyRead read_past_filters(std::size_t most);
  void ask_to_continue();
  void offer_protocol_of(const wire::ResponseHead& head);
  bool pass();
  bool trickles() const noexcept;
  exchange::Flow trickle();

  request_rec* r_;
  const RequestDispatcher* dispatcher_ = nullptr;
  OutputGate* gate_ = nullptr;
  ClientConnection* connection_ = nullptr;  // of a tunnel on a reactor, once its bytes are read past the filters
  std::size_t lent_bytes_ = 0;              // of those
  bool settled_ = false;
  apr_bucket_brigade* in_;
  apr_bucket_brigade* out_;
  apr_bucket_brigade* in_transit_ = nullptr;  // of a tunnel
  bool body_expected_;                        // and not yet seen to its end
  bool switched_ = false;                     // to another protocol: nothing but the connection's filters is left
  apr_bucket* lent_ = nullptr;                // its bytes are with the caller of read_body
  apr_read_type_e block_ = APR_NONBLOCK_READ;
  std::optional<int> descriptor_;  // looked up when it is first asked for
  std::uint64_t bytes_read_ = 0;
};

}  // namespace cxxproxy::httpd
