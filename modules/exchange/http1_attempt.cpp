#include "exchange/http1_attempt.hpp"

#include "wire/fault.hpp"

#include <cstring>
#include <string>

namespace cxxproxy::exchange {

bool Http1Attempt::begin(const Target& target, Dispatcher& dispatcher, const BodyPlan& plan) {
  sent_before_ = connection()->bytes_written();
  received_before_ = connection()->bytes_read();
  receiver_.begin(target.answer, target.upgrade);
  if (connection()->holds_bytes()) receiver_.expect();
  head_.clear();
  if (!dispatcher.write_head(head_, plan)) return false;
  sender_.begin(head_, plan, target.wait_for_continue, target.extra_crlf);
  return true;
}

std::string Http1Attempt::why_broken(int error) const {
  const backend::TlsTrouble* trouble = connection()->trouble();
  return trouble ? trouble->text : std::strerror(error);
}

Ending Http1Attempt::broken_answer(Answer::State how) const {
  if (how == Answer::State::Failed) {
    return {{started() ? balance::Reason::BadAnswer : balance::Reason::ClosedEarly, 0, why_broken(answer().error())},
            !started()};
  }
  const wire::Fault fault = answer().fault();
  const bool nothing_came = fault == wire::Fault::ClosedBeforeAnswer;
  return {{nothing_came ? balance::Reason::ClosedEarly : balance::Reason::BadAnswer, 0, std::string(wire::word(fault)),
           0, fault},
          nothing_came || fault == wire::Fault::BadStatusLine};
}

Ending Http1Attempt::broken_request() const {
  return {{balance::Reason::ClosedEarly, 0, why_broken(sender_.error())}, !started()};
}

// When the last read took all there was, what comes behind it gives a sign of its own to whoever watches; else not.
bool Http1Attempt::is_reusable() const noexcept {
  return answer().reusable() && sender_.sent_all() && (!receiver_.more() || connection()->idle_and_alive());
}

}  // namespace cxxproxy::exchange
