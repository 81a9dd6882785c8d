#include "httpd/health/check_question.hpp"

#include "httpd/connections.hpp"
#include "httpd/patience.hpp"
#include "httpd/routing.hpp"
#include "httpd/scheme.hpp"

#include "probe/grpc.hpp"

#include <algorithm>
#include <map>

namespace cxxproxy::httpd {
namespace {

using health::CheckMethod;
using probe::Question;

constexpr std::size_t most_body = 1024 * 1024;  // that an expression sees
constexpr std::size_t most_grpc_body = 65536;

std::string_view without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

// Where `hcport=` leads. Never deleted, because lookups go on behind the back of whoever asks; the checker's thread.
backend::AddressBook& book_at(const Member& member, apr_port_t port) {
  static auto& books = *new std::map<const Member*, backend::AddressBook>;
  return books.try_emplace(&member, backend::Origin{member.host, port, ""}, address_ttl(member), engine::steady_clock())
      .first->second;
}

exchange::Target target_of(const CheckedMember& checked) {
  const Member& member = *checked.member;
  const ServerConfig& config = config_of(checked.server);
  const MemberSettings& settings = member.settings;
  const apr_port_t port = settings.health.port;
  exchange::Target target;
  target.addresses = port ? &book_at(member, port) : &member.connections->addresses;
  target.reuse = false;
  target.socket.keepalive = settings.keepalive.value_or(false);
  target.socket.source = source_endpoint(config.source_address.value_or(nullptr));
  target.timeout = engine::Duration(waiting_time(checked.server, config, settings).time);
  target.connect_timeout = engine::Duration(connecting_time(checked.server, config, settings).time);
  target.answer.limits.line = static_cast<std::size_t>(settings.response_field.value_or(HUGE_STRING_LEN));
  target.answer.limits.head = std::max(target.answer.limits.head, target.answer.limits.line);
  target.answer.bad_field = config.bad_header.value_or(wire::ResponseReader::BadField::Error);
  return target;
}

std::string authority_of(const Member& member) {
  const HealthSettings& health = member.settings.health;
  if (*health.host) return health.host;
  const std::string_view host = member.host;
  const bool wants_brackets = host.find(':') != host.npos && !host.starts_with('[');
  const std::string number = std::to_string(health.port ? health.port : member.port);
  return (wants_brackets ? "[" + std::string(host) + "]" : std::string(host)) + ":" + number;
}

std::string_view path_of(std::string_view url) {
  const std::size_t host = url.find("://");
  const std::size_t path = host == url.npos ? url.npos : url.find('/', host + 3);
  return path == url.npos ? std::string_view() : url.substr(path);
}

void ask_http(const CheckedMember& checked, const LiveHealth& settings, Question& question) {
  switch (settings.method) {
    case CheckMethod::Options:
    case CheckMethod::Options11:
      question.method = "OPTIONS";
      break;
    case CheckMethod::Head:
    case CheckMethod::Head11:
      question.method = "HEAD";
      break;
    default:
      question.method = "GET";
      break;
  }
  // What may follow the head of an answer to OPTIONS is not waited for.
  question.target.answer.head_request = question.method != "GET";
  question.path = question.method == "OPTIONS" ? "*" : check_path(path_of(checked.member->name), settings.uri.view());
  question.minor_version = settings.method == CheckMethod::Options11 || settings.method == CheckMethod::Head11 ||
                                   settings.method == CheckMethod::Get11
                               ? 1
                               : 0;
  question.most_body = settings.expression.empty() ? 0 : most_body;
}

void ask_grpc(const LiveHealth& settings, Question& question) {
  question.target.http2 = true;
  question.method = "POST";
  question.path = probe::grpc_health_path;
  question.fields.emplace_back("content-type", "application/grpc");
  question.body = probe::grpc_health_request(settings.uri.view());
  question.most_body = most_grpc_body;
}

void add_fields(const Member& member, Question& question) {
  for (const std::string_view field : member.settings.health.fields) {
    const std::size_t colon = field.find(':');
    question.fields.emplace_back(field.substr(0, colon), wire::trim_ows(field.substr(colon + 1)));
  }
}

}  // namespace

std::string check_path(std::string_view path, std::string_view uri) {
  std::string joined(path.empty() ? "/" : path);
  if (!uri.empty() && !joined.ends_with('/')) joined += '/';
  while (uri.starts_with('/')) uri.remove_prefix(1);
  static constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : uri) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7f) {
      joined += c;
    } else {
      joined.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    }
  }
  return joined;
}

std::optional<Question> check_question(const CheckedMember& checked, const LiveHealth& settings, std::string& why) {
  const Member& member = *checked.member;
  Question question;
  question.target = target_of(checked);
  const ServerConfig& config = config_of(checked.server);
  question.limit = engine::Duration(checking_time(checked.server, config, member.settings).time);
  if (settings.method == CheckMethod::Tcp) return question;
  question.authority = authority_of(member);
  if (settings.method == CheckMethod::Grpc) {
    ask_grpc(settings, question);
  } else {
    question.target.http2 = uses_http2(member.scheme);
    ask_http(checked, settings, question);
  }
  add_fields(member, question);
  question.kind = question.target.http2 ? Question::Kind::Http2 : Question::Kind::Http1;
  question.scheme = "http";
  if (uses_tls(member.scheme)) {
    if (!checked.tls) {
      why = "SSLProxyEngine is not On for it";
      return std::nullopt;
    }
    question.scheme = "https";
    question.target.tls = checked.tls->profile;
    question.target.tls_name = without_brackets(member.host);
  }
  return question;
}

}  // namespace cxxproxy::httpd
