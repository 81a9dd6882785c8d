// After a 101: bytes between a client and a backend, whatever they mean.
#pragma once

#include "backend/connection.hpp"
#include "engine/wait.hpp"
#include "exchange/client.hpp"
#include "exchange/dispatcher.hpp"
#include "wire/frame_follower.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cxxproxy::exchange {

// Both ways at once, each with its own end: when one side ends its stream the other hears of it, and may go on. Nothing
// is read that the other side has not taken, so a slow one holds up the other, and no memory piles up.
//
// Like all of an exchange it never waits, and works with edges.
class Tunnel {
 public:
  enum class State : std::uint8_t {
    Waits,          // for wanted()
    HasMore,        // it has had its share of this turn
    Over,           // by TunnelEnd
    ClientGone,     // error(): why, if that is known
    BackendFailed,  // error(): the errno
  };

  // Both outlive it. The client may have noted bytes already that came with the 101.
  Tunnel(Client& client, backend::Connection& backend, TunnelEnd ends) noexcept
      : client_(client), backend_(backend), ends_(ends) {}

  // It carries a WebSocket, of which the client has noted `begun` already: so it can be parted with in good order.
  void follow_frames(std::string_view begun) noexcept { frames_.emplace().down.follow(begun); }

  // From now on it goes towards its end. A WebSocket's sides are told that we go away (1001), each as soon as no frame
  // to it is on its way in part; from then on what the other says is for nobody, and it is over when the backend has
  // ended its side; with TunnelEnd::EitherSide when both have been told. Any other tunnel is over at once.
  void part() noexcept { parting_ = true; }

  // What was seen since the last time; `buffer` holds nothing between two calls.
  State advance(const engine::Woken& woken, std::span<char> buffer);

  engine::Wait wanted() const noexcept;
  int error() const noexcept { return error_; }

 private:
  bool to_client(std::span<char> buffer);
  bool to_backend();
  bool hand_on();
  bool write_pending();
  bool is_over() const noexcept;
  bool say_farewell();
  bool part_from_client();
  bool part_from_backend();
  bool fail(State how, int error) noexcept;

  Client& client_;
  backend::Connection& backend_;
  std::string_view pending_;  // the client's, lent, on its way to the backend
  struct Frames {
    wire::FrameFollower down;  // to the client
    wire::FrameFollower up;
    std::array<char, 8> farewell;  // to the backend
  };

  std::optional<Frames> frames_;
  const TunnelEnd ends_;
  bool parting_ = false;
  bool parted_from_client_ = false;
  bool parted_from_backend_ = false;
  bool backend_readable_ = true;
  bool backend_writable_ = true;
  bool backend_ended_ = false;  // its stream
  bool client_readable_ = true;
  bool client_full_ = false;
  bool client_ended_ = false;  // its stream
  bool noted_ = true;          // the client has something that was not delivered
  State state_ = State::Waits;
  int error_ = 0;
};

}  // namespace cxxproxy::exchange
