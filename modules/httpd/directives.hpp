// The functions behind the directives, by the file that holds them. Each returns null or the error text, as httpd's
// command tables want it: it names the directive, the value and what would be right.
#pragma once

#include "httpd/config.hpp"

namespace cxxproxy::httpd {

// mapping_directives.cpp
const char* add_mapping(cmd_parms* cmd, void* dir, const char* arguments) noexcept;
const char* add_mapping_match(cmd_parms* cmd, void* dir, const char* arguments) noexcept;
const char* add_reverse(cmd_parms* cmd, void* dir, const char* a, const char* b, const char* c) noexcept;
const char* add_cookie_path(cmd_parms* cmd, void* dir, const char* internal, const char* pub, const char* c) noexcept;
const char* add_cookie_domain(cmd_parms* cmd, void* dir, const char* internal, const char* pub, const char* c) noexcept;

// member_directives.cpp
const char* add_balancer_member(cmd_parms* cmd, void* dir, const char* arguments) noexcept;
const char* set_keys(cmd_parms* cmd, void* dir, const char* arguments) noexcept;

// section_directives.cpp
const char* begin_section(cmd_parms* cmd, void* dir, const char* arguments) noexcept;
const char* begin_match_section(cmd_parms* cmd, void* dir, const char* arguments) noexcept;

// server_directives.cpp
const char* set_proxy_requests(cmd_parms* cmd, void* dir, int on) noexcept;
const char* add_remote(cmd_parms* cmd, void* dir, const char* match, const char* remote, const char* user) noexcept;
const char* add_remote_match(cmd_parms* cmd, void* dir, const char* match, const char* remote,
                             const char* user) noexcept;
const char* add_block(cmd_parms* cmd, void* dir, const char* word) noexcept;
const char* add_no_proxy(cmd_parms* cmd, void* dir, const char* word) noexcept;
const char* set_domain(cmd_parms* cmd, void* dir, const char* domain) noexcept;
const char* set_via(cmd_parms* cmd, void* dir, const char* word) noexcept;
const char* set_status(cmd_parms* cmd, void* dir, const char* word) noexcept;
const char* set_bad_header(cmd_parms* cmd, void* dir, const char* word) noexcept;
const char* set_receive_buffer(cmd_parms* cmd, void* dir, const char* bytes) noexcept;
const char* set_io_buffer(cmd_parms* cmd, void* dir, const char* bytes) noexcept;
const char* set_max_forwards(cmd_parms* cmd, void* dir, const char* number) noexcept;
const char* set_proxy_timeout(cmd_parms* cmd, void* dir, const char* seconds) noexcept;
const char* set_source_address(cmd_parms* cmd, void* dir, const char* address) noexcept;
const char* set_balancer_growth(cmd_parms* cmd, void* dir, const char* number) noexcept;
const char* set_balancer_persist(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_balancer_inherit(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_pass_inherit(cmd_parms* cmd, void* dir, int on) noexcept;

// engine_directives.cpp
const char* set_engine(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_reactors(cmd_parms* cmd, void* dir, const char* number) noexcept;
const char* set_tunnel_grace(cmd_parms* cmd, void* dir, const char* time) noexcept;
const char* note_handshake(cmd_parms* cmd, void* dir, const char* first, const char* second) noexcept;
const char* note_header_timeout(cmd_parms* cmd, void* dir, const char* stage) noexcept;

// dir_directives.cpp
const char* set_error_override(cmd_parms* cmd, void* dir, const char* word) noexcept;
const char* set_preserve_host(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_websocket_fallback(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_add_headers(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_forward_continue(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_interpolate_env(cmd_parms* cmd, void* dir, int on) noexcept;

// health_directives.cpp
const char* add_health_template(cmd_parms* cmd, void* dir, const char* arguments) noexcept;
const char* add_health_expression(cmd_parms* cmd, void* dir, const char* arguments) noexcept;
const char* set_health_threads(cmd_parms* cmd, void* dir, const char* number) noexcept;

// tls_directives.cpp
const char* set_tls_engine(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_tls_protocols(cmd_parms* cmd, void* dir, const char* words) noexcept;
const char* set_tls_ciphers(cmd_parms* cmd, void* dir, const char* first, const char* second) noexcept;
const char* set_tls_verify(cmd_parms* cmd, void* dir, const char* word) noexcept;
const char* set_tls_depth(cmd_parms* cmd, void* dir, const char* number) noexcept;
const char* set_tls_ca_file(cmd_parms* cmd, void* dir, const char* path) noexcept;
const char* set_tls_ca_path(cmd_parms* cmd, void* dir, const char* path) noexcept;
const char* set_tls_crl_file(cmd_parms* cmd, void* dir, const char* path) noexcept;
const char* set_tls_crl_path(cmd_parms* cmd, void* dir, const char* path) noexcept;
const char* set_tls_crl_check(cmd_parms* cmd, void* dir, const char* words) noexcept;
const char* set_tls_check_cn(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_tls_check_name(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_tls_check_dates(cmd_parms* cmd, void* dir, int on) noexcept;
const char* set_tls_own_file(cmd_parms* cmd, void* dir, const char* path) noexcept;
const char* set_tls_own_path(cmd_parms* cmd, void* dir, const char* path) noexcept;
const char* set_tls_own_chain(cmd_parms* cmd, void* dir, const char* path) noexcept;

// Shared by them.

// Finds or defines the member or balancer that a <Proxy> section names and sets the section's own key=value words.
// `section` becomes its section's settings unless it has some.
const char* set_section_keys(const cmd_parms* cmd, const char* name, const char* arguments, ap_conf_vector_t* section);

// "file:line" of the directive at hand.
const char* place_of(const cmd_parms* cmd);

// "<directive>: <what is wrong>".
const char* complaint(const cmd_parms* cmd, const char* wrong);

// One key=value word, split. `value` is null when there is no '='.
struct KeyValue {
  char* key;
  char* value;
};
KeyValue split_key_value(char* word);

// What a member takes from its server when a directive of that server makes it.
void inherit_server_settings(Member& member, const ServerConfig& config);

// Sets keys of a member that may be shared with an earlier directive: then they are ignored with a warning, as the
// stock modules do. Null, or what is wrong.
struct KeyList {
  PoolArray<KeyValue> keys;  // in the order given; a repeated key replaces the earlier one, but for hcheader
  void add(KeyValue word);
};
const char* set_member_keys(const cmd_parms* cmd, Member& member, const KeyList& keys, bool shared);

}  // namespace cxxproxy::httpd
