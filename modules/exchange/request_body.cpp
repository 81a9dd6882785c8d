#include "exchange/request_body.hpp"

#include <algorithm>
#include <cerrno>

namespace cxxproxy::exchange {
namespace {

constexpr int internal_error = 500;

using State = BodyRead::State;

BodyRead spool_failed() { return {State::Failed, {}, internal_error, errno}; }

}  // namespace

BodyRead RequestBody::keep(const BodyRead& read) {
  if (rules_.large == BodyRules::Large::Spool && (kept_.size() + read.bytes.size() > kept_limit || !spool_.empty())) {
    if (spool_.empty() && !kept_.empty() && !spool_.append(kept_)) return spool_failed();
    kept_.clear();
    if (!spool_.append(read.bytes)) return spool_failed();
  } else {
    kept_.append(read.bytes);
  }
  return read;
}

BodyRead RequestBody::prepare(Client& client) {
  const bool whole = rules_.large == BodyRules::Large::Spool;
  if (!rules_.present || (!rules_.read_ahead && !whole)) return {State::End, {}};
  while (!ended_ && (whole || kept_.size() < kept_limit)) {
    BodyRead read = client.read_body(whole ? piece_limit : kept_limit - kept_.size());
    if (read.state == State::Bytes) read = keep(read);
    if (read.state == State::Failed) return read;
    if (read.state == State::Wait && !whole && !rules_.may_wait_ahead) break;
    if (read.state == State::Wait) return read;
    ended_ = read.state == State::End;
  }
  return {State::End, {}};
}

BodyPlan RequestBody::plan() const noexcept {
  using Framing = BodyPlan::Framing;
  if (!rules_.present) return {};
  if (ended_) return {Framing::Length, held()};
  if (rules_.large == BodyRules::Large::Length && rules_.length) return {Framing::Length, *rules_.length};
  return {Framing::Chunked, 0};
}

BodyRead RequestBody::from_spool() {
  const std::string_view bytes = spool_.read(given_, piece_limit);
  if (bytes.empty()) return given_ == spool_.size() ? BodyRead{State::End, {}} : spool_failed();
  given_ += bytes.size();
  return {State::Bytes, bytes};
}

BodyRead RequestBody::next(Client& client) {
  if (!spool_.empty()) return from_spool();
  if (given_ < kept_.size()) {
    const std::string_view bytes = std::string_view(kept_).substr(given_);
    given_ = kept_.size();
    return {State::Bytes, bytes};
  }
  if (all_read()) return {State::End, {}};
  const BodyRead read = client.read_body(piece_limit);
  if (read.state == State::End) {
    ended_ = true;
    // The backend was promised a length: what came instead cannot be framed any more.
    misfit_ = rules_.large == BodyRules::Large::Length && rules_.length && given_ != *rules_.length;
    return misfit_ ? BodyRead{State::Failed, {}, internal_error} : read;
  }
  if (read.state != State::Bytes) return read;
  given_ += read.bytes.size();
  streamed_ = true;
  const bool beyond = rules_.large == BodyRules::Large::Length && rules_.length && given_ > *rules_.length;
  return beyond ? BodyRead{State::Failed, {}, internal_error} : read;
}

bool RequestBody::given_all() const noexcept {
  if (!rules_.present) return true;
  return ended_ && !misfit_ && given_ >= held();
}

void RequestBody::rewind() noexcept { given_ = 0; }

}  // namespace cxxproxy::exchange
