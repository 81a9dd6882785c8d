#include "httpd/manager/form.hpp"

#include "wire/url.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace cxxproxy::httpd::manager {
namespace {

constexpr std::size_t most_bytes = 65536;
constexpr std::array<std::string_view, 7> looking{"b", "w", "nonce", "xml", "json", "sort", "file"};

// What is not well encoded stays as it is.
std::string decoded(std::string_view text) { return wire::decode(text).value_or(std::string(text)); }

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// OK, or why there is none.
int read_body(request_rec* r, std::string& body) {
  if (const int status = ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK); status != OK) return status;
  if (!ap_should_client_block(r)) return OK;
  std::array<char, 8192> piece;
  for (;;) {
    const long got = ap_get_client_block(r, piece.data(), piece.size());
    if (got < 0) return HTTP_BAD_REQUEST;
    if (got == 0) return OK;
    body.append(piece.data(), static_cast<std::size_t>(got));
    if (body.size() > most_bytes) return HTTP_REQUEST_ENTITY_TOO_LARGE;
  }
}

}  // namespace

void Form::add(std::string_view encoded) {
  while (!encoded.empty()) {
    const std::size_t end = std::min(encoded.find('&'), encoded.size());
    const std::string_view field = encoded.substr(0, end);
    encoded.remove_prefix(std::min(end + 1, encoded.size()));
    const auto* const equals = std::find(field.begin(), field.end(), '=');
    const auto* const begin_of_value = equals == field.end() ? equals : equals + 1;
    std::string name = decoded({field.begin(), equals});
    std::string value = decoded(decoded({begin_of_value, field.end()}));
    if (is_clean(name) && is_clean(value)) fields_[std::move(name)] = std::move(value);
  }
}

const std::string* Form::find(std::string_view name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? nullptr : &found->second;
}

std::optional<long> Form::number(std::string_view name) const {
  const std::string* value = find(name);
  return value ? std::optional(std::strtol(value->c_str(), nullptr, 10)) : std::nullopt;
}

void Form::keep_only_what_looks() {
  std::erase_if(fields_, [](const auto& field) {
    return std::find(looking.begin(), looking.end(), field.first) == looking.end();
  });
}

int read_form(request_rec* r, Form& form) {
  if (r->method_number != M_POST) {
    if (r->args) form.add(r->args);
    form.keep_only_what_looks();
    return OK;
  }
  std::string body;
  if (const int status = read_body(r, body); status != OK) return status;
  form.add(body);
  return OK;
}

}  // namespace cxxproxy::httpd::manager
