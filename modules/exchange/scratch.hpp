// Memory that one exchange leaves to the next one of its thread, so that a request costs none of its own.
#pragma once

#include "backend/http2/request_head.hpp"
#include "exchange/kept_head.hpp"
#include "wire/response_reader.hpp"

#include <memory>
#include <string>

namespace cxxproxy::exchange {

struct Scratch {
  std::string head;  // of the request
  wire::ResponseReader reader;
  backend::Http2RequestHead http2_head;
  KeptHead http2_answer;
};

// One exchange's, for as long as it lives or needs it. Any thread; made on one and ended on another, it is left to the
// latter.
class ScratchLoan {
 public:
  ScratchLoan();
  ScratchLoan(const ScratchLoan&) = delete;
  ScratchLoan& operator=(const ScratchLoan&) = delete;
  ~ScratchLoan() { give_back(); }

  // Before its time: what refers to it may only be destroyed from now on.
  void give_back() noexcept;

  Scratch* operator->() const noexcept { return scratch_.get(); }
  Scratch& operator*() const noexcept { return *scratch_; }

 private:
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace cxxproxy::exchange
