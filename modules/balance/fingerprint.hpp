// A number that tells texts apart, the same in every process and build: FNV-1a with 64 bits. No protection against who
// chooses the text.
#pragma once

#include <cstdint>
#include <string_view>

namespace cxxproxy::balance {

constexpr std::uint64_t fingerprint(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace cxxproxy::balance
