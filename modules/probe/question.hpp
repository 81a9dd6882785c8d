// What a backend is asked to find out whether it is well, and what it said.
#pragma once

#include "engine/clock.hpp"
#include "exchange/dispatcher.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cxxproxy::probe {

struct Question {
  enum class Kind : std::uint8_t {
    Connect,  // whether it takes a connection
    Http1,
    Http2,
  };
  using Fields = std::vector<std::pair<std::string, std::string>>;

  Kind kind = Kind::Connect;
  exchange::Target target;    // without a pool: a connection for this question alone. What it refers to outlives it
  engine::Duration limit{};   // for the whole of it
  std::size_t most_body = 0;  // bytes of the answer's body that are kept; more are read and dropped
  std::string method;
  std::string authority;  // host:port
  std::string path;
  int minor_version = 1;  // of Http1
  std::string scheme;     // of Http2
  Fields fields;          // besides Host
  std::string body;       // of Http2
};

struct Answer {
  bool whole = false;  // a connection was made, or an answer came that HTTP understands
  std::string wrong;   // why not, in words; no control characters
  int status = 0;
  Question::Fields fields;
  Question::Fields trailers;
  std::string body;

  // The first of that name, in any case; nullptr if there is none.
  const std::string* field(std::string_view name) const noexcept;
};

}  // namespace cxxproxy::probe
