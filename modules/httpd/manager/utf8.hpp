// Texts of any bytes, as those who read UTF-8 only may have them.
#pragma once

#include <string>
#include <string_view>

namespace cxxproxy::httpd::manager {

// How many bytes the character at the front of a text has in UTF-8; 0 where there is none that XML has.
std::size_t utf8_length(std::string_view text) noexcept;

// What is no UTF-8 is read as ISO-8859-1. Control characters stay.
std::string as_utf8(std::string_view text);

}  // namespace cxxproxy::httpd::manager
