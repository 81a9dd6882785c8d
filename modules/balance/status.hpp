// What a member may and may not do, as a set of flags: the letters of `status=` and of balancer-manager.
// The bits are those of the stock modules, because tools print them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cxxproxy::balance {

enum class MemberFlag : std::uint32_t {
  Initialised = 0x0001,   // O  set up by the child; without it the member is not used
  IgnoreErrors = 0x0002,  // I  never put in error; always set on a backend outside a balancer
  Drain = 0x0004,         // N  keeps its sessions, gets no new ones
  Generic = 0x0008,       // G  no fixed backend
  ShuttingDown = 0x0010,  // U
  Disabled = 0x0020,      // D
  Stopped = 0x0040,       // S  disabled, and neither retried nor checked
  Error = 0x0080,         // E  failed; left alone for `retry` seconds
  Standby = 0x0100,       // H  used when nobody else of its set is left
  Free = 0x0200,          // F
  HealthFailed = 0x0400,  // C  failed its health check
  Spare = 0x0800,         // R  stands in for an unusable member of its set
};

// A set of flags: a value, as it was at one moment.
class MemberFlags {
 public:
  constexpr MemberFlags() = default;
  constexpr explicit MemberFlags(std::uint32_t bits) : bits_(bits) {}
  constexpr MemberFlags(MemberFlag flag) : bits_(static_cast<std::uint32_t>(flag)) {}  // NOLINT: a set of one

  constexpr std::uint32_t bits() const { return bits_; }
  constexpr bool has(MemberFlag flag) const { return (bits_ & static_cast<std::uint32_t>(flag)) != 0; }
  constexpr bool has_any(MemberFlags of) const { return (bits_ & of.bits_) != 0; }
  constexpr MemberFlags with(MemberFlags more) const { return MemberFlags(bits_ | more.bits_); }
  constexpr MemberFlags without(MemberFlags less) const { return MemberFlags(bits_ & ~less.bits_); }

  friend constexpr bool operator==(MemberFlags, MemberFlags) = default;

 private:
  std::uint32_t bits_ = 0;
};

constexpr MemberFlags operator|(MemberFlag a, MemberFlag b) { return MemberFlags(a).with(b); }
constexpr MemberFlags operator|(MemberFlags a, MemberFlag b) { return a.with(b); }

// Any of these keeps all requests away, sessions included.
inline constexpr MemberFlags unusable_flags = MemberFlag::ShuttingDown | MemberFlag::Disabled | MemberFlag::Stopped |
                                              MemberFlag::Error | MemberFlag::HealthFailed;

// Any of these is an operator's wish that it be left, tunnels included.
inline constexpr MemberFlags out_of_use_flags = MemberFlag::Drain | MemberFlag::Disabled | MemberFlag::Stopped;

// May requests go there? (Drain, Standby and Spare limit which; see candidates.hpp.)
constexpr bool usable(MemberFlags flags) {
  return flags.has(MemberFlag::Initialised) && !flags.has_any(unusable_flags);
}

struct FlagName {
  MemberFlag flag;
  char letter;
  std::string_view word;  // as shown, with its trailing space
};

// All flags, in the order in which status pages show them.
inline constexpr std::array<FlagName, 12> flag_names = {{
    {MemberFlag::Initialised, 'O', "Init "},
    {MemberFlag::IgnoreErrors, 'I', "Ign "},
    {MemberFlag::Drain, 'N', "Drn "},
    {MemberFlag::Generic, 'G', "Gen "},
    {MemberFlag::ShuttingDown, 'U', "Shut "},
    {MemberFlag::Disabled, 'D', "Dis "},
    {MemberFlag::Stopped, 'S', "Stop "},
    {MemberFlag::Error, 'E', "Err "},
    {MemberFlag::Standby, 'H', "Stby "},
    {MemberFlag::Spare, 'R', "Spar "},
    {MemberFlag::Free, 'F', "Free "},
    {MemberFlag::HealthFailed, 'C', "HcFl "},
}};

// The flag of a letter in either case; nothing for any other character.
std::optional<MemberFlag> flag_of(char letter) noexcept;

// The letter of one flag, upper case: what follows `w_status_` in balancer-manager.
char letter_of(MemberFlag flag) noexcept;

// `status=` as in the configuration: letters, each added to or taken from `start`; `+` and `-` say which for the
// letters that follow. Nothing if a letter is unknown or a sign has no letter after it ("Unknown status parameter
// option").
std::optional<MemberFlags> parse_status(std::string_view text, MemberFlags start) noexcept;

// Text for status pages: "Init Ok ", "Init Err ", "??? " for none. A value; view() lives as long as it does.
class StatusText {
 public:
  explicit StatusText(MemberFlags flags) noexcept;
  std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  void append(std::string_view word) noexcept;

  std::array<char, 80> text_{};  // all twelve words and "Ok " together are 66
  std::size_t size_ = 0;
};

}  // namespace cxxproxy::balance
