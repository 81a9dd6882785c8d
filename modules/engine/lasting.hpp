// How long something has been so that is looked at now and then.
#pragma once

#include "engine/clock.hpp"

#include <algorithm>
#include <optional>

namespace cxxproxy::engine {

// As far as was seen: what ends and begins again between two looks has lasted, and it begins with the first look.
class Lasting {
 public:
  // A look. True: it has been so for `span`.
  bool look(bool so, Duration span, TimePoint now) noexcept {
    if (!so) {
      since_.reset();
      return false;
    }
    if (!since_) since_ = now;
    return now - *since_ >= span;
  }

  // When to look again: as soon as it may have been so for `span`, and at the latest `pace` from now.
  TimePoint next_look(Duration pace, Duration span, TimePoint now) const noexcept {
    const TimePoint look = deadline_after(now, pace);
    return since_ ? std::min(look, deadline_after(*since_, span)) : look;
  }

 private:
  std::optional<TimePoint> since_;
};

}  // namespace cxxproxy::engine
