#include "httpd/manager/health_changes.hpp"

#include "httpd/health/expressions.hpp"

#include <string>

namespace cxxproxy::httpd::manager {
namespace {

using health::CheckMethod;

constexpr apr_interval_time_t shortest_interval = apr_time_from_msec(100);

class HealthChanges {
 public:
  HealthChanges(apr_pool_t* pool, const Form& form, LiveHealth& now) : pool_(pool), form_(form), now_(now) {}

  void method();
  void interval();
  void count(const char* name, const char* what, std::int32_t& target);
  void uri();
  void expression(const ServerConfig& config);

  std::vector<const char*> made() && { return std::move(made_); }

 private:
  template <class... Words>
  void note(Words... words) {
    made_.push_back(apr_pstrcat(pool_, "health check ", words..., nullptr));
  }

  template <std::size_t room>
  void text(const char* what, FixedText<room>& target, std::string_view wanted) {
    if (target.view() == wanted) return;
    target.set(wanted);
    note(what, target.empty() ? "none" : apr_pstrdup(pool_, target.c_str()));
  }

  apr_pool_t* pool_;
  const Form& form_;
  LiveHealth& now_;
  std::vector<const char*> made_;
};

void HealthChanges::method() {
  const std::string* given = form_.find("w_hm");
  const std::optional<CheckMethod> wanted = given ? health::check_method_of(*given) : std::nullopt;
  if (!wanted || now_.method == *wanted) return;
  now_.method = *wanted;
  note("method ", health::name_of(*wanted).data());
}

void HealthChanges::interval() {
  const std::string* given = form_.find("w_hi");
  apr_interval_time_t wanted;
  if (!given || ap_timeout_parameter_parse(given->c_str(), &wanted, "ms") != APR_SUCCESS) return;
  if (wanted < shortest_interval || now_.interval_us == wanted) return;
  now_.interval_us = wanted;
  note("interval ", apr_psprintf(pool_, "%" APR_INT64_T_FMT, static_cast<apr_int64_t>(apr_time_as_msec(wanted))),
       " ms");
}

void HealthChanges::count(const char* name, const char* what, std::int32_t& target) {
  const std::optional<long> given = form_.number(name);
  if (!given || *given < 1 || *given > INT32_MAX || *given == target) return;
  target = static_cast<std::int32_t>(*given);
  note(what, apr_itoa(pool_, target));
}

// What does not fit clears it, as with routes.
void HealthChanges::uri() {
  const std::string* given = form_.find("w_hu");
  if (!given) return;
  const bool fits = FixedText<64>::fits(*given);
  text("uri ", now_.uri, fits ? std::string_view(*given) : std::string_view());
}

// Only answers that have a status can be judged by one.
void HealthChanges::expression(const ServerConfig& config) {
  const bool none =
      now_.method == CheckMethod::None || now_.method == CheckMethod::Tcp || now_.method == CheckMethod::Grpc;
  const std::string* given = form_.find("w_he");
  if (!none && !given) return;
  const HealthExpression* wanted = none ? nullptr : find_health_expression(config, given->c_str());
  if (wanted && *given != wanted->name) wanted = nullptr;  // letters count here, in the configuration they do not
  text("expression ", now_.expression, wanted ? std::string_view(wanted->name) : std::string_view());
}

}  // namespace

std::vector<const char*> change_health(apr_pool_t* pool, const Form& form, const ServerConfig& config,
                                       LiveHealth& now) {
  HealthChanges changes(pool, form, now);
  changes.method();
  changes.interval();
  changes.count("w_hp", "passes ", now.passes);
  changes.count("w_hf", "fails ", now.fails);
  changes.uri();
  changes.expression(config);
  return std::move(changes).made();
}

}  // namespace cxxproxy::httpd::manager
