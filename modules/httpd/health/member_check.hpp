// The checks of one member, one after the other, on the checker's reactor.
#pragma once

#include "httpd/health/check_question.hpp"
#include "httpd/health/check_verdict.hpp"

#include "engine/reactor.hpp"
#include "probe/probe.hpp"

#include <memory>

namespace cxxproxy::httpd {

class MemberCheck final : private engine::Timer {
 public:
  // `phase`, from 0 to 1, says when in its first interval the first check is: so members are spread over time. One that
  // was checked before, by whatever process, keeps its beat.
  MemberCheck(engine::Reactor& reactor, const CheckedMember& checked, double phase);

  // How it is checked from now on. A check under way is judged as it was asked; it does not count if the member is not
  // to be checked any more.
  void set(const LiveHealth& settings);

 private:
  void on_time() noexcept override;
  bool is_wanted() const;
  template <class Work>
  void guarded(Work work) noexcept;
  void begin();
  void ask();
  void answered(const probe::Answer& answer);
  void concluded(const CheckVerdict& verdict);
  void report(const CheckVerdict& verdict, apr_time_t now) const;
  void note(const CheckVerdict& verdict, apr_time_t now);
  void plan_first();
  void plan_next();

  engine::Reactor& reactor_;
  const CheckedMember checked_;
  const double phase_;
  LiveHealth settings_;
  LiveHealth asked_;                     // by which the check under way was asked
  std::unique_ptr<probe::Probe> probe_;  // while a check is under way
  apr_time_t begun_ = 0;
};

}  // namespace cxxproxy::httpd
