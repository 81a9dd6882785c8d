#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "wire/response_reader.hpp"

/// The first bytes choose the options and the cuts, the rest is what a backend sends. What the reader says must not
/// depend on the cuts, must come in order, and must hold what the header promises.
namespace {

using namespace cxxproxy::wire;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Heard {
  std::string text;  // all events, adjacent chunks as one
  std::size_t body = 0;
  bool in_body = false;
  bool head = false;
  bool over = false;
  bool broken = false;
};

void check_fields(std::span<const Field> fields, const ResponseReader::Limits& limits, Heard& heard) {
  require(fields.size() <= limits.fields);
  std::size_t bytes = 0;
  const char* before = nullptr;
  for (const Field& field : fields) {
    require(before == nullptr || before <= field.name.data());
    require(field.name.data() + field.name.size() < field.value.data());
    before = field.value.data() + field.value.size();
    require(is_token(field.name) && is_field_value(field.value) && trim_ows(field.value) == field.value);
    require(field.name.size() + field.value.size() <= limits.line);
    bytes += field.name.size() + field.value.size();
    heard.text.append(field.name).append(":").append(field.value).append("\n");
  }
  require(bytes <= limits.head);
}

void check_head(const ResponseHead& head, const ResponseReader::Limits& limits, Heard& heard) {
  require(!heard.head && head.status >= 100 && head.status <= 599 && is_field_value(head.reason));
  heard.text += "head " + std::to_string(head.minor_version) + " " + std::to_string(head.status);
  heard.text.append(head.reason).append("\n");
  check_fields(head.fields, limits, heard);
}

// False after an event that ends the calls.
bool hear(const Event& event, const ResponseReader::Limits& limits, Heard& heard) {
  if (std::holds_alternative<NeedMore>(event)) return false;
  require(!heard.over);
  if (const auto* chunk = std::get_if<Chunk>(&event)) {
    require(heard.head && !chunk->data.empty());
    if (!heard.in_body) heard.text += "body ";
    heard.text.append(chunk->data);
    heard.body += chunk->data.size();
  } else if (const auto* interim = std::get_if<Interim>(&event)) {
    require(interim->head.status < 200);
    check_head(interim->head, limits, heard);
    heard.over = interim->head.status == 101;
  } else if (const auto* head = std::get_if<Head>(&event)) {
    require(head->head.status >= 200);
    check_head(head->head, limits, heard);
    heard.head = true;
    heard.text += std::to_string(static_cast<int>(head->framing)) + " " + std::to_string(head->length) + "\n";
  } else if (const auto* end = std::get_if<End>(&event)) {
    require(heard.head);
    heard.over = true;
    heard.text += end->reusable ? "reusable" : "end";
    check_fields(end->trailers, limits, heard);
  } else {
    heard.over = heard.broken = true;
    heard.text.append(word(std::get<Broken>(event).fault));
  }
  heard.in_body = std::holds_alternative<Chunk>(event);
  return true;
}

// Feeds pieces of `step` bytes, each in memory that is freed before the next; 0 feeds all at once.
Heard play(ResponseReader& reader, const ResponseReader::Options& options, std::string_view bytes, std::size_t step) {
  Heard heard;
  const std::size_t all = bytes.size();
  reader.start(options);
  while (!bytes.empty()) {
    const std::size_t size = step == 0 ? bytes.size() : std::min(step, bytes.size());
    const auto piece = std::make_unique<char[]>(size);
    std::memcpy(piece.get(), bytes.data(), size);
    std::string_view in(piece.get(), size);
    while (hear(reader.on_bytes(in), options.limits, heard)) {
    }
    require(in.empty() || heard.over);
    bytes.remove_prefix(size);
  }
  hear(reader.on_close(), options.limits, heard);
  require(heard.over && heard.body <= all);
  std::string_view none;
  require(!hear(reader.on_bytes(none), options.limits, heard) && !hear(reader.on_close(), options.limits, heard));
  return heard;
}

ResponseReader::Options options_from(const std::uint8_t* data) {
  ResponseReader::Options options;
  options.bad_field = static_cast<ResponseReader::BadField>(data[0] % 3);
  options.head_request = (data[0] & 4) != 0;
  if ((data[0] & 8) != 0) {
    options.limits = {
        .line = 16U + data[1] % 64U, .fields = data[1] / 64U, .head = 32U + data[2], .interims = data[2] % 4U};
  }
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t settings = 4;
  if (size < settings) return 0;
  const ResponseReader::Options options = options_from(data);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + settings, size - settings);
  ResponseReader reader;
  const Heard whole = play(reader, options, bytes, 0);
  for (const std::size_t step : {std::size_t{1}, std::size_t{2} + data[3]}) {
    require(play(reader, options, bytes, step).text == whole.text);
  }
  return 0;
}
