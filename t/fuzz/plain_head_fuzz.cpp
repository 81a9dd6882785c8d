#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "wire/plain_head.hpp"

/// The first bytes choose the limits, the rest is what a client sends. What is said of a plain head must be what the
/// scan says of it, must lie within it, and must not depend on what comes behind it; its parts must be what they claim.
namespace {

using cxxproxy::wire::Field;
using cxxproxy::wire::PlainHead;
using cxxproxy::wire::RequestHeadScan;

void require(bool holds) {
  if (!holds) std::abort();
}

bool has_any(std::string_view text, std::string_view odd) { return text.find_first_of(odd) != std::string_view::npos; }

// In memory of its own, so that reading beyond its end is seen.
class Copy {
 public:
  explicit Copy(std::string_view text) : bytes_(std::make_unique<char[]>(text.size())), size_(text.size()) {
    std::copy_n(text.begin(), size_, bytes_.get());
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

void check_parts(const PlainHead& head) {
  using namespace std::string_view_literals;
  require(std::count(head.request_line().begin(), head.request_line().end(), ' ') == 2);
  require(!has_any(head.request_line(), "\0\t\r\n#\x7f"sv));
  const char* last = head.request_line().data();
  for (const Field& field : head.fields()) {
    require(cxxproxy::wire::is_token(field.name) && cxxproxy::wire::is_field_value(field.value));
    require(field.value.empty() || !has_any(field.value.substr(0, 1), " \t"));
    require(field.name.data() > last && field.value.data() > field.name.data());
    require(field.value.data() + field.value.size() <= head.bytes().data() + head.bytes().size());
    last = field.value.data();
  }
}

void check_against_scan(const PlainHead& head, std::string_view bytes, const PlainHead::Limits& limits) {
  RequestHeadScan scan;
  scan.restart(limits);
  require(scan.on_bytes(bytes) == RequestHeadScan::State::Complete);
  require(scan.length() == head.bytes().size());
  require(scan.body() == head.body());
  require(!scan.expects_continue());
}

bool repeats(const PlainHead& head) {
  const auto fields = head.fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    for (const Field& later : fields.subspan(i + 1)) {
      if (cxxproxy::wire::iequals(fields[i].name, later.name)) return true;
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t settings = 3;
  if (size < settings) return 0;
  const PlainHead::Limits limits{.line = 4U * data[0], .field = 4U * data[1], .fields = data[2] % 16U};
  const Copy all(std::string_view(reinterpret_cast<const char*>(data) + settings, size - settings));
  PlainHead head;
  if (!head.read(all.view(), limits)) return 0;
  check_parts(head);
  check_against_scan(head, all.view(), limits);
  require(head.repeats() == repeats(head));
  const Copy alone(head.bytes());
  const Copy short_of_it(head.bytes().substr(0, head.bytes().size() - 1));
  PlainHead other;
  require(!other.read(short_of_it.view(), limits));
  require(other.read(alone.view(), limits) && other.fields().size() == head.fields().size());
  return 0;
}
