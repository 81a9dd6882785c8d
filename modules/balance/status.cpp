#include "balance/status.hpp"

#include <algorithm>

namespace cxxproxy::balance {
namespace {

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::optional<MemberFlag> flag_of(char letter) noexcept {
  const auto* row = std::ranges::find(flag_names, upper(letter), &FlagName::letter);
  if (row == flag_names.end()) return std::nullopt;
  return row->flag;
}

char letter_of(MemberFlag flag) noexcept { return std::ranges::find(flag_names, flag, &FlagName::flag)->letter; }

std::optional<MemberFlags> parse_status(std::string_view text, MemberFlags start) noexcept {
  MemberFlags flags = start;
  bool add = true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' || text[at] == '-') {
      add = text[at] == '+';
      if (++at == text.size()) return std::nullopt;
    }
    const std::optional<MemberFlag> flag = flag_of(text[at]);
    if (!flag) return std::nullopt;
    flags = add ? flags.with(*flag) : flags.without(*flag);
  }
  return flags;
}

StatusText::StatusText(MemberFlags flags) noexcept {
  for (const FlagName& row : flag_names) {
    if (flags.has(row.flag)) append(row.word);
  }
  if (size_ == 0) append("??? ");
  if (usable(flags)) append("Ok ");
}

void StatusText::append(std::string_view word) noexcept {
  std::ranges::copy(word, text_.begin() + size_);
  size_ += word.size();
}

}  // namespace cxxproxy::balance
