#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "catch.hpp"
#include "wire/response_reader.hpp"

/// Plays bytes to a ResponseReader and writes down what it says, for tests of the reader.
namespace cxxproxy::wire::test {

using Script = std::vector<std::string>;

enum class Then { Wait, Close };  // what the backend does after its last byte

inline std::string text_of(std::span<const Field> fields) {
  std::string text;
  for (const Field& field : fields) {
    text += text.empty() ? "" : "|";
    text.append(field.name).append("=").append(field.value);
  }
  return "[" + text + "]";
}

inline std::string text_of(const ResponseHead& head) {
  return "1." + std::to_string(head.minor_version) + " " + std::to_string(head.status) + " (" +
         std::string(head.reason) + ") " + text_of(head.fields);
}

inline std::string text_of(const Head& head) {
  const std::string text = "head " + text_of(head.head);
  switch (head.framing) {
    case BodyFraming::None:
      return text + " none";
    case BodyFraming::Length:
      return text + " length " + std::to_string(head.length);
    case BodyFraming::Chunked:
      return text + " chunked";
    default:
      return text + " until close";
  }
}

inline std::string text_of(const End& end) {
  const std::string trailers = end.trailers.empty() ? "" : " " + text_of(end.trailers);
  return (end.reusable ? "end, reusable" : "end, not reusable") + trailers;
}

class Player {
 public:
  explicit Player(const ResponseReader::Options& options) { reader_.start(options); }

  /// The bytes are copied to a place that is gone afterwards, so that a sanitizer sees a view that was kept too long.
  void feed(std::string_view bytes) {
    const auto copy = std::make_unique<char[]>(bytes.size());
    bytes.copy(copy.get(), bytes.size());
    std::string_view in(copy.get(), bytes.size());
    while (note(reader_.on_bytes(in))) {
    }
    left_.append(in);
  }

  void close() { note(reader_.on_close()); }

  Script script() const {
    Script all = script_;
    if (!left_.empty() && !broken_) all.push_back("left " + left_);
    return all;
  }

 private:
  bool note(const Event& event) {
    if (std::holds_alternative<NeedMore>(event)) return false;
    if (const auto* chunk = std::get_if<Chunk>(&event)) {
      if (!in_body_) script_.push_back("body ");
      script_.back().append(chunk->data);
      CHECK_FALSE(chunk->data.empty());
    } else if (const auto* interim = std::get_if<Interim>(&event)) {
      script_.push_back("interim " + text_of(interim->head));
    } else if (const auto* head = std::get_if<Head>(&event)) {
      script_.push_back(text_of(*head));
    } else if (const auto* end = std::get_if<End>(&event)) {
      script_.push_back(text_of(*end));
    } else {
      broken_ = true;
      script_.push_back("broken: " + std::string(word(std::get<Broken>(event).fault)));
    }
    in_body_ = std::holds_alternative<Chunk>(event);
    return true;
  }

  ResponseReader reader_;
  Script script_;
  std::string left_;
  bool in_body_ = false;
  bool broken_ = false;  // how much was eaten then means nothing
};

inline Script play_pieces(const std::vector<std::string_view>& pieces, const ResponseReader::Options& options,
                          Then then) {
  Player player(options);
  for (const std::string_view piece : pieces) player.feed(piece);
  if (then == Then::Close) player.close();
  return player.script();
}

/// What the reader says to these bytes, which must not depend on how they are cut: whole, in two at every place, in
/// single bytes. Adjacent chunks are one; bytes left uneaten come last.
inline Script play(std::string_view bytes, const ResponseReader::Options& options = {}, Then then = Then::Wait) {
  const Script whole = play_pieces({bytes}, options, then);
  INFO("bytes: " << bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const Script halves = play_pieces({bytes.substr(0, cut), bytes.substr(cut)}, options, then);
    if (halves != whole) {
      INFO("cut at " << cut);
      CHECK(halves == whole);
    }
  }
  std::vector<std::string_view> singles;
  for (std::size_t i = 0; i < bytes.size(); ++i) singles.push_back(bytes.substr(i, 1));
  CHECK(play_pieces(singles, options, then) == whole);
  return whole;
}

inline std::string broken(Fault fault) { return "broken: " + std::string(word(fault)); }

/// What it says last, leaving out uneaten bytes.
inline std::string outcome(std::string_view bytes, const ResponseReader::Options& options = {},
                           Then then = Then::Wait) {
  Script script = play(bytes, options, then);
  if (!script.empty() && script.back().starts_with("left ")) script.pop_back();
  return script.empty() ? "" : script.back();
}

}  // namespace cxxproxy::wire::test
