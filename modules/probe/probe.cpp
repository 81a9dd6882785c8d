#include "probe/probe.hpp"

#include "wire/request_writer.hpp"

#include <chrono>
#include <cstring>
#include <exception>

namespace cxxproxy::probe {
namespace {

using exchange::Step;

// Turns in a row before others get theirs.
constexpr int turns_in_a_row = 8;

// Of an answer's body. Who is asked whether it is well says less.
constexpr std::size_t longest_body = 16 * 1024 * 1024;

exchange::BodyRules rules_of(const Question& question) {
  exchange::BodyRules rules;
  rules.present = !question.body.empty();
  if (rules.present) rules.length = question.body.size();
  return rules;
}

// What comes from a backend stays out of logs and pages but for what can be read.
std::string readable(std::string text) {
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

std::string describe(const exchange::Failure& failure) {
  std::string text(balance::row_of(failure.reason).word);
  if (!failure.detail.empty()) text += ": " + failure.detail;
  if (failure.error != 0) text += std::string(" (") + std::strerror(failure.error) + ")";
  return readable(std::move(text));
}

void copy(std::span<const wire::Field> from, Question::Fields& to) {
  for (const wire::Field& field : from) to.emplace_back(field.name, field.value);
}

}  // namespace

Probe::Probe(engine::Reactor& reactor, LookUp look_up, Question question, Done done)
    : reactor_(reactor), look_up_(std::move(look_up)), question_(std::move(question)), done_(std::move(done)) {}

Probe::~Probe() { leave_lookup(); }

void Probe::start() { guarded(&Probe::begin); }

void Probe::begin() {
  reactor_.timers().set(limit_, engine::deadline_after(reactor_.now(), question_.limit));
  if (question_.kind == Question::Kind::Connect) {
    connector_.begin(question_.target, true);
  } else {
    exchange_.emplace(static_cast<exchange::Client&>(*this), static_cast<exchange::Dispatcher&>(*this),
                      rules_of(question_), exchange::Exchange::Timeouts{question_.limit});
  }
  advance({});
}

void Probe::guarded(void (Probe::*what)()) noexcept {
  try {
    (this->*what)();
  } catch (const std::exception& escaped) {
    answer_ = {};
    answer_.wrong = readable(escaped.what());
    finish();
  }
}

void Probe::advance(engine::Woken woken) {
  for (int turn = 0; turn < turns_in_a_row; ++turn) {
    if (!advance_once(woken)) return finish();
    woken = {};
    if (!go_on(woken)) return;
  }
  step_.kind = Step::Kind::Yield;
  left_over_ = woken;
  reactor_.timers().set_now(wait_);
}

// False: it is over.
bool Probe::advance_once(const engine::Woken& woken) {
  if (!exchange_) return advance_connect(woken.timed_out);
  step_ = exchange_->advance(woken, reactor_.now(), reactor_.buffer());
  if (step_.kind == Step::Kind::Done) {
    conclude();
    return false;
  }
  exchange_->watch(reactor_, *this);
  return true;
}

bool Probe::advance_connect(bool timed_out) {
  if (timed_out) connector_.timed_out();
  step_ = {};
  switch (connector_.advance(question_.target, reactor_.now(), step_)) {
    case exchange::Connector::State::Connected:
      answer_.whole = true;
      return false;
    case exchange::Connector::State::Failed:
      answer_.wrong = describe(connector_.failure());
      return false;
    case exchange::Connector::State::Pending:
      break;
  }
  if (connector_.connection()) connector_.connection()->attach(reactor_, this);
  return true;
}

engine::Readiness Probe::take(const engine::Interest& wanted) noexcept {
  if (exchange_) return exchange_->take(wanted);
  backend::Connection* const connection = connector_.connection();
  return connection && wanted.any() ? connection->watch().take(wanted) : engine::Readiness{};
}

// True: what the last step asks for is there.
bool Probe::go_on(engine::Woken& woken) {
  switch (step_.kind) {
    case Step::Kind::Wait:
      woken.backend = take(step_.wait.backend);
      if (woken.backend.any()) return true;
      reactor_.timers().set(wait_, step_.wait.deadline);
      return false;
    case Step::Kind::Lookup:
      look_up();
      return false;
    case Step::Kind::Links:
      links_.emplace(reactor_, exchange::Http2Links::Options{});
      exchange_->got_links(*links_, *this);
      return true;
    case Step::Kind::Yield:
    case Step::Kind::Slot:
    case Step::Kind::Done:
      break;
  }
  reactor_.timers().set_now(wait_);
  return false;
}

void Probe::look_up() {
  reactor_.timers().cancel(wait_);
  if (!myself_) myself_ = std::make_shared<Probe*>(this);
  look_up_(*question_.target.addresses, [who = myself_](backend::Result<backend::EndpointList> outcome) {
    Probe* const self = *who;
    if (!self) return;
    if (self->exchange_) {
      self->exchange_->looked_up(std::move(outcome));
    } else {
      self->connector_.looked_up(std::move(outcome));
    }
    self->step_.kind = Step::Kind::Yield;
    self->guarded(&Probe::wait_over);
  });
}

// Its outcome means nothing any more, whenever it comes.
void Probe::leave_lookup() noexcept {
  if (const std::shared_ptr<Probe*> myself = std::exchange(myself_, nullptr)) *myself = nullptr;
}

void Probe::look() {
  if (step_.kind != Step::Kind::Wait) return;
  engine::Woken woken;
  woken.backend = take(step_.wait.backend);
  if (woken.backend.any()) advance(woken);
}

void Probe::wait_over() {
  engine::Woken woken = std::exchange(left_over_, {});
  woken.timed_out = step_.kind == Step::Kind::Wait && reactor_.now() >= step_.wait.deadline;
  advance(woken);
}

void Probe::out_of_time() {
  using namespace std::chrono;
  answer_ = {};
  answer_.wrong = "not done within " + std::to_string(duration_cast<milliseconds>(question_.limit).count()) + " ms";
  finish();
}

void Probe::conclude() {
  using Kind = exchange::Outcome::Kind;
  const exchange::Outcome& outcome = exchange_->outcome();
  answer_.whole = outcome.kind == Kind::Answered;
  if (answer_.whole) return;
  answer_.wrong = too_long_ ? "the body is longer than 16 MiB" : describe(outcome.failure);
}

void Probe::finish() noexcept {
  reactor_.timers().cancel(wait_);
  reactor_.timers().cancel(limit_);
  leave_lookup();
  exchange_.reset();
  links_.reset();
  connector_.release(false);
  const Done done = std::move(done_);
  done(std::move(answer_));
}

exchange::BodyRead Probe::read_body(std::size_t) {
  using State = exchange::BodyRead::State;
  if (question_.body.empty() || std::exchange(body_given_, true)) return {.state = State::End, .bytes = {}};
  return {.state = State::Bytes, .bytes = question_.body};
}

exchange::HeadUse Probe::head(const wire::Head& head) {
  answer_.status = head.head.status;
  copy(head.head.fields, answer_.fields);
  return exchange::HeadUse::Pass;
}

void Probe::body(std::string_view bytes) {
  body_read_ += bytes.size();
  too_long_ = body_read_ > longest_body;
  answer_.body.append(bytes.substr(0, question_.most_body - answer_.body.size()));
}

void Probe::end(std::span<const wire::Field> trailers) { copy(trailers, answer_.trailers); }

std::optional<exchange::Target> Probe::choose(exchange::Failure&) { return question_.target; }

bool Probe::write_head(std::string& out, const exchange::BodyPlan&) {
  wire::RequestWriter writer(out);
  writer.start(question_.method, question_.path, question_.minor_version);
  writer.field(wire::FieldName::Host, question_.authority);
  for (const auto& [name, value] : question_.fields) writer.field(name, value);
  return writer.finish();
}

bool Probe::write_head(backend::Http2RequestHead& out, const exchange::BodyPlan&) {
  out.start({.method = question_.method,
             .scheme = question_.scheme,
             .authority = question_.authority,
             .path = question_.path});
  for (const auto& [name, value] : question_.fields) out.field(name, value);
  return out.finish();
}

}  // namespace cxxproxy::probe
