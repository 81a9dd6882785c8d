// An HTTP/2 session with its connection, on a reactor.
#pragma once

#include <memory>

#include "backend/connection.hpp"
#include "backend/http2/session.hpp"
#include "engine/clock.hpp"
#include "engine/reactor.hpp"
#include "engine/timer_queue.hpp"

namespace cxxproxy::backend {

class Http2Link;

// Whoever keeps links. Calls come on the reactor's thread, from a turn of the link's own, never from inside a call to
// it, its session or a stream.
class Http2LinkOwner {
 public:
  // A turn is over and the link is not done: room for streams or idleness may have changed. Streams may be used, opened
  // and cancelled in it, and the session retired: then its goodbye leaves, if the socket takes it, and the calls below
  // follow. The link is not to be destroyed in it.
  virtual void on_turn(Http2Link& link) noexcept = 0;

  // It takes no new streams from now on; those that are open go on. Once, before on_done(), and not to be destroyed in.
  virtual void on_leaving(Http2Link& link) noexcept = 0;

  // No stream is left on it, and none comes. Once; to be destroyed, here or later.
  virtual void on_done(Http2Link& link) noexcept = 0;

 protected:
  ~Http2LinkOwner() = default;
};

// How long a backend may take; Duration::max() is for ever.
struct Http2Patience {
  engine::Duration settings = std::chrono::seconds(10);  // to acknowledge our SETTINGS
  engine::Duration silence = engine::Duration::max();    // with a stream open, until it is asked with a PING
  engine::Duration pong = std::chrono::seconds(10);      // to answer that, or a PING of others
};

// Reads and writes for a session, in turns: one as soon as the socket has something or takes more, one at the end of a
// round of the loop in which a stream was used. A turn reads four buffers full at most and writes once; what is left
// waits for the next round, behind everybody else's. So however many streams are opened in a round, they leave in one
// system call.
//
// Made, used and destroyed on the reactor's thread, or destroyed after its loop has ended. The reactor's buffer is in
// use while owners of streams are called with what was read. Nothing throws but the constructor.
class Http2Link final : private engine::Watcher, private Http2Waker {
 public:
  // `connection` is established and of nobody else; `owner` outlives the link. Throws std::system_error,
  // std::bad_alloc.
  Http2Link(std::unique_ptr<Connection> connection, engine::Reactor& reactor, const Http2Limits& limits,
            const Http2Patience& patience, Http2LinkOwner& owner);
  ~Http2Link();
  Http2Link(const Http2Link&) = delete;
  Http2Link& operator=(const Http2Link&) = delete;

  // To open streams and to ask; what has to be written is, without another call.
  Http2Session& session() noexcept { return session_; }
  const Http2Session& session() const noexcept { return session_; }

  // Null once it is closed.
  const Connection* connection() const noexcept { return connection_.get(); }

  // No stream is on it, since when; meaningless while there is one. A turn that ends without streams says since when.
  bool is_idle() const noexcept { return session_.streams() == 0; }
  engine::TimePoint idle_since() const noexcept { return busy_ ? reactor_.now() : idle_since_; }

  // When the backend was last heard.
  engine::TimePoint heard_at() const noexcept { return heard_at_; }

  // errno, when the connection has failed.
  int error() const noexcept { return error_; }

 private:
  class Alarm final : public engine::Timer {
   public:
    Alarm(Http2Link& link, void (Http2Link::*what)() noexcept) noexcept : link_(link), what_(what) {}

   private:
    void on_time() noexcept override { (link_.*what_)(); }
    Http2Link& link_;
    void (Http2Link::*const what_)() noexcept;
  };

  void on_ready() noexcept override { turn(); }
  void on_work() noexcept override;
  void on_deadline() noexcept;
  void turn() noexcept;
  void look() noexcept;
  void read() noexcept;
  void write() noexcept;
  void lose(Http2Fault fault, int error) noexcept;
  void tell_turn() noexcept;
  void plan() noexcept;
  void set(Alarm& alarm, engine::TimePoint due) noexcept;
  engine::TimePoint next_deadline() const noexcept;

  static constexpr int reads_a_turn = 4;

  engine::Reactor& reactor_;
  const Http2Patience patience_;
  Http2LinkOwner& owner_;
  Http2Session session_;
  std::unique_ptr<Connection> connection_;
  Alarm turn_alarm_{*this, &Http2Link::turn};
  Alarm deadline_alarm_{*this, &Http2Link::on_deadline};
  bool in_turn_ = false;
  bool readable_ = false;
  bool writable_ = true;
  bool told_leaving_ = false;
  bool told_done_ = false;
  bool busy_ = false;  // it had streams at the end of the last turn
  engine::TimePoint heard_at_;
  engine::TimePoint idle_since_;
  int error_ = 0;
};

}  // namespace cxxproxy::backend
