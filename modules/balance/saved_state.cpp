#include "balance/saved_state.hpp"

#include "balance/fingerprint.hpp"

#include <algorithm>
#include <charconv>

namespace cxxproxy::balance {
namespace {

constexpr std::string_view title = "cxxproxy-state 1";
constexpr char digits[] = "0123456789abcdef";

std::string hex(std::uint64_t value) {
  std::string text(16, '0');
  for (auto at = text.rbegin(); at != text.rend(); ++at, value >>= 4) *at = digits[value & 15];
  return text;
}

bool is_plain(char c) noexcept { return c > ' ' && c < 0x7f && c != '%'; }

void append_encoded(std::string& to, std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain(c)) {
      to += c;
    } else {
      to.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
}

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::string> decoded(std::string_view value) {
  std::string text;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] != '%') {
      if (!is_plain(value[at])) return std::nullopt;
      text += value[at];
      continue;
    }
    const int high = at + 2 < value.size() ? digit_of(value[at + 1]) : -1;
    const int low = high >= 0 ? digit_of(value[at + 2]) : -1;
    if (low < 0) return std::nullopt;
    text += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return text;
}

// Up to `end`, which goes away with it; the rest of the text where there is none.
std::string_view take(std::string_view& text, char end) noexcept {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

std::optional<SavedLine> read_line(std::string_view line) {
  SavedLine read;
  read.kind = take(line, ' ');
  while (!line.empty()) {
    const std::string_view field = take(line, ' ');
    const std::size_t equals = field.find('=');
    if (equals == 0 || equals == std::string_view::npos) return std::nullopt;
    std::optional<std::string> value = decoded(field.substr(equals + 1));
    if (!value || !read.values.emplace(field.substr(0, equals), std::move(*value)).second) return std::nullopt;
  }
  if (read.values.empty()) return std::nullopt;
  return read;
}

}  // namespace

std::string_view SavedLine::text(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::int64_t> SavedLine::number(std::string_view name) const {
  const std::string_view digits_given = text(name);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits_given.data(), digits_given.data() + digits_given.size(), value);
  const bool whole = error == std::errc() && end == digits_given.data() + digits_given.size() && !digits_given.empty();
  return whole ? std::optional(value) : std::nullopt;
}

std::string write_saved(const std::vector<SavedLine>& lines) {
  std::string text(title);
  text += '\n';
  for (const SavedLine& line : lines) {
    text += line.kind;
    for (const auto& [name, value] : line.values) {
      text.append(" ").append(name).append("=");
      append_encoded(text, value);
    }
    text += '\n';
  }
  const std::string hash = hex(fingerprint(text));
  return text.append("end ").append(std::to_string(lines.size())).append(" ").append(hash).append("\n");
}

std::optional<std::vector<SavedLine>> read_saved(std::string_view text, std::string& wrong) {
  const std::string_view whole = text;
  const auto refuse = [&](std::size_t line, std::string_view why) {
    wrong = "line " + std::to_string(line) + ": " + std::string(why);
    return std::nullopt;
  };
  if (take(text, '\n') != title) return refuse(1, "not a state of mod_cxxproxy, or of another version");
  std::vector<SavedLine> lines;
  for (std::size_t number = 2; !text.empty(); ++number) {
    const auto begin = static_cast<std::size_t>(text.data() - whole.data());
    const std::string_view line = take(text, '\n');
    if (!line.starts_with("end ")) {
      std::optional<SavedLine> read = read_line(line);
      if (!read) return refuse(number, "not understood");
      lines.push_back(std::move(*read));
      continue;
    }
    const std::string end = "end " + std::to_string(lines.size()) + " " + hex(fingerprint(whole.substr(0, begin)));
    if (line != end) return refuse(number, "the sum of the lines is wrong: it was cut or edited");
    if (!text.empty() || whole.back() != '\n') return refuse(number, "something comes behind the end");
    return lines;
  }
  return refuse(lines.size() + 2, "the end is missing");
}

}  // namespace cxxproxy::balance
