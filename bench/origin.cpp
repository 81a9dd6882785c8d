// The backend of the benchmarks: an HTTP/1.1 server that costs less than any proxy before it.
//
// `origin [-threads N] [-seed N] [-ports N]` listens on N free ports of 127.0.0.1, prints them, and serves until
// killed:
//
//   /13 /64k /16m   an answer of that many bytes (a POST's body is read first, by Content-Length or chunked)
//   /delay          the 13 bytes after 10 to 300 ms, uniformly, from a seeded dice
//   /events         text/event-stream, an event a second, the first within the first second
//   /tunnel         a 101 to a WebSocket, then each byte back as it comes
//   /accepted       how many connections were accepted so far
//   anything else   the head of the request as it came
//
// Each thread has an epoll and, for each port, a listening socket of its own (SO_REUSEPORT), so threads share nothing.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::atomic<std::uint64_t> accepted{0};

const std::string common_head =
    "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nServer: origin\r\nContent-Type: ";

std::string answer(const std::string& body) {
  return common_head + "text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// X-Accel-Buffering is how applications ask nginx to pass on what there is.
const std::map<std::string, std::string, std::less<>> answers{
    {"/13", answer("Hello, world\n")},
    {"/64k", answer(std::string(64 << 10, 'x'))},
    {"/16m", answer(std::string(16 << 20, 'x'))},
    {"/delay", answer("Hello, world\n")},
    {"/tunnel",
     "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"},
    {"/events", common_head + "text/event-stream\r\nCache-Control: no-cache\r\nX-Accel-Buffering: no\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n"}};
const std::string& delayed_answer = answers.at("/delay");
const std::string& tunnel_head = answers.at("/tunnel");
const std::string& events_head = answers.at("/events");
const std::string event = "d\r\ndata: event\n\n\r\n";  // a chunk of 13 bytes

bool same_name(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

struct Connection {
  enum class State { Head, Body, ChunkSize, Chunk, Delayed, Streaming, Tunnel };

  Connection(int descriptor, std::uint64_t number) : fd(descriptor), id(number) {}

  const int fd;
  const std::uint64_t id;  // tells it from a later connection of the same descriptor
  State state = State::Head;
  std::string in;        // read, and not eaten yet
  std::string_view out;  // to be written still
  std::string own;       // an answer that is not precomputed
  const std::string* reply = nullptr;
  std::size_t left = 0;  // of the body, or of the chunk
  bool close = false;
  bool waits_to_write = false;

  // `head` ends with the last field's line.
  void read_head(std::string_view head) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t from = line.find(' ') + 1;
    choose_reply(head, line.substr(from, line.find_first_of(" ?", from) - from));
    state = State::Body;
    left = 0;
    close = line.ends_with("1.0");
    for (std::size_t at = line.size() + 2, end; at < head.size(); at = end + 2) {
      end = head.find("\r\n", at);
      const std::size_t colon = std::min(head.find(':', at), end);
      const std::string_view name = head.substr(at, colon - at);
      const std::string_view value = head.substr(std::min(colon + 2, end), end - std::min(colon + 2, end));
      if (same_name(name, "content-length")) std::from_chars(value.data(), value.data() + value.size(), left);
      if (same_name(name, "transfer-encoding")) state = State::ChunkSize;
      if (same_name(name, "connection") && same_name(value, "close")) close = true;
    }
  }

  void choose_reply(std::string_view head, std::string_view path) {
    const auto found = answers.find(path);
    reply = found == answers.end() ? &own : &found->second;
    if (reply == &own) own = answer(path == "/accepted" ? std::to_string(accepted) + "\n" : std::string(head));
  }

  // Eats the body from the front of `bytes`. True: that was all of it.
  bool read_body(std::string_view& bytes) {
    for (;;) {
      if (state == State::Body || state == State::Chunk) {
        const std::size_t some = std::min(bytes.size(), left);
        bytes.remove_prefix(some);
        left -= some;
        if (left > 0) return false;
        if (state == State::Body) return true;
        state = State::ChunkSize;
      }
      const std::size_t end = bytes.find("\r\n");
      if (end == bytes.npos) return false;
      const std::string_view line = bytes.substr(0, end);
      bytes.remove_prefix(end + 2);
      std::from_chars(line.data(), line.data() + line.size(), left, 16);
      state = left > 0 ? State::Chunk : State::Body;  // trailers are not expected
      left += 2;                                      // the CRLF behind
    }
  }
};

class Loop {
 public:
  Loop(std::uint32_t seed, const std::vector<int>& listeners) : dice_(seed) {
    for (const int fd : listeners) watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), events.size(), patience());
      for (int i = 0; i < count; ++i) on_event(events[i]);
      fire_timers();
    }
  }

 private:
  using Timer = std::tuple<Clock::time_point, int, std::uint64_t>;  // when, and the connection's fd and id

  void watch(int operation, int fd, std::uint32_t what) {
    epoll_event event{.events = what, .data = {.fd = fd}};
    epoll_ctl(epoll_, operation, fd, &event);
  }

  int patience() const {
    if (timers_.empty()) return -1;
    return std::max<int>(std::chrono::ceil<milliseconds>(std::get<0>(timers_.top()) - Clock::now()).count(), 0);
  }

  Connection* find(std::size_t fd) const { return fd < connections_.size() ? connections_[fd].get() : nullptr; }

  void on_event(const epoll_event& event) {
    Connection* c = find(event.data.fd);
    if (c == nullptr) return accept_all(event.data.fd);
    if ((event.events & EPOLLOUT) != 0 && !flush(*c)) return end(*c);
    if ((event.events & ~EPOLLOUT) != 0 && !receive(*c)) return end(*c);
    if (!serve(*c)) end(*c);
  }

  void accept_all(int listener) {
    for (;;) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      if (static_cast<std::size_t>(fd) >= connections_.size()) connections_.resize(fd + 256);
      connections_[fd] = std::make_unique<Connection>(fd, ++last_id_);
      watch(EPOLL_CTL_ADD, fd, EPOLLIN);
      accepted.fetch_add(1, std::memory_order_relaxed);
    }
  }

  void end(const Connection& c) {
    close(c.fd);
    connections_[c.fd].reset();
  }

  // One read an event: level-triggered epoll tells of more. False, here and below: the connection is over.
  bool receive(Connection& c) {
    const ssize_t got = read(c.fd, scratch_.data(), scratch_.size());
    if (got > 0) c.in.append(scratch_.data(), got);
    return got > 0 || (got < 0 && errno == EAGAIN);
  }

  bool flush(Connection& c) {
    while (!c.out.empty()) {
      const ssize_t put = send(c.fd, c.out.data(), c.out.size(), MSG_NOSIGNAL);
      if (put < 0 && errno != EAGAIN) return false;
      if (put < 0) break;
      c.out.remove_prefix(put);
    }
    if (c.waits_to_write == c.out.empty()) {
      c.waits_to_write = !c.waits_to_write;
      watch(EPOLL_CTL_MOD, c.fd, c.waits_to_write ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
    return !(c.close && c.out.empty() && c.state == Connection::State::Head);
  }

  // Serves the requests that were read, one after the other.
  bool serve(Connection& c) {
    using enum Connection::State;
    bool alive = true;
    std::string_view in = c.in;
    while (alive && c.out.empty() && c.state != Delayed && c.state != Streaming) {
      if (c.state == Tunnel) {
        if (in.empty()) break;
        c.own = std::exchange(in, {});
        c.out = c.own;
        alive = flush(c);
        continue;
      }
      if (c.state == Head) {
        const std::size_t end = in.find("\r\n\r\n");
        if (end == in.npos) break;
        c.read_head(in.substr(0, end + 2));
        in.remove_prefix(end + 4);
      }
      if (!c.read_body(in)) break;
      alive = c.reply == &delayed_answer ? postpone(c) : reply(c);
    }
    c.in.erase(0, c.in.size() - in.size());
    return alive;
  }

  bool postpone(Connection& c) {
    c.state = Connection::State::Delayed;
    wake(c, std::uniform_int_distribution(10, 300)(dice_));
    return true;
  }

  bool reply(Connection& c) {
    const bool stream = c.reply == &events_head;
    c.state = stream ? Connection::State::Streaming : Connection::State::Head;
    if (c.reply == &tunnel_head) c.state = Connection::State::Tunnel;
    if (stream) wake(c, std::uniform_int_distribution(0, 999)(dice_));
    c.out = *c.reply;
    return flush(c);
  }

  void wake(const Connection& c, int ms) { timers_.emplace(Clock::now() + milliseconds(ms), c.fd, c.id); }

  void fire_timers() {
    const auto now = timers_.empty() ? Clock::time_point{} : Clock::now();
    while (!timers_.empty() && std::get<0>(timers_.top()) <= now) {
      const auto [due, fd, id] = timers_.top();
      timers_.pop();
      Connection* c = find(fd);
      if (c != nullptr && c->id == id && !on_timer(*c, due)) end(*c);
    }
  }

  bool on_timer(Connection& c, Clock::time_point due) {
    if (c.state == Connection::State::Delayed) return reply(c) && serve(c);
    timers_.emplace(due + std::chrono::seconds(1), c.fd, c.id);
    if (c.out.empty()) c.out = event;  // who is far behind misses some
    return flush(c);
  }

  std::mt19937 dice_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::uint64_t last_id_ = 0;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::array<char, 64 << 10> scratch_;
};

// Port 0: any. Gives the port it got.
int listen_on(int& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // accepted sockets inherit it
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool good = bind(fd, generic, size) == 0 && listen(fd, 4096) == 0 && getsockname(fd, generic, &size) == 0;
  if (!good) throw std::system_error(errno, std::generic_category(), "listen");
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  int threads = 2, seed = 1, count = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    (option == "-threads" ? threads : option == "-seed" ? seed : count) = std::atoi(argv[i + 1]);
  }
  std::vector<int> ports(count);
  std::vector<std::thread> running;
  for (int thread = 0; thread < threads; ++thread) {
    std::vector<int> listeners;
    for (int& port : ports) listeners.push_back(listen_on(port));
    running.emplace_back([=] { std::make_unique<Loop>(seed + thread, listeners)->run(); });
  }
  for (const int port : ports) std::printf("%d\n", port);
  std::fflush(stdout);
  running.front().join();
}
