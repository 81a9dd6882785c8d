#include "engine/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <new>

namespace cxxproxy::engine {
namespace {

constexpr int wanted_size = 1 << 18;

// With less a pipe costs more calls than it saves copies; a user who has too many gets two pages for each.
constexpr int least_size = 1 << 16;

// When there was none to be had: so many who ask get none either, because asking costs more than a pipe saves.
constexpr int calls_in_vain = 256;

std::atomic<int> pipes{0};
std::atomic<int> in_vain{0};

// Those that nobody uses.
std::array<std::atomic<Pipe*>, Pipe::most> shelf{};

bool is_in_vain() noexcept {
  return in_vain.load(std::memory_order_relaxed) > 0 && in_vain.fetch_sub(1, std::memory_order_relaxed) > 0;
}

bool reserve() noexcept {
  if (pipes.fetch_add(1, std::memory_order_relaxed) < Pipe::most) return true;
  pipes.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void close_both(const int (&ends)[2]) noexcept {
  ::close(ends[0]);
  ::close(ends[1]);
  pipes.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace

std::unique_ptr<Pipe> Pipe::take() noexcept {
  for (std::atomic<Pipe*>& place : shelf) {
    if (!place.load(std::memory_order_relaxed)) continue;
    if (Pipe* const found = place.exchange(nullptr, std::memory_order_acq_rel)) return std::unique_ptr<Pipe>(found);
  }
  if (is_in_vain() || !reserve()) return nullptr;
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) {
    pipes.fetch_sub(1, std::memory_order_relaxed);
    in_vain.store(calls_in_vain, std::memory_order_relaxed);
    return nullptr;
  }
  ::fcntl(ends[1], F_SETPIPE_SZ, wanted_size);
  const int size = ::fcntl(ends[1], F_GETPIPE_SZ);
  std::unique_ptr<Pipe> pipe(new (std::nothrow) Pipe(ends, size > 0 ? static_cast<std::size_t>(size) : 0));
  if (!pipe) close_both(ends);
  if (pipe && size >= least_size) return pipe;
  in_vain.store(calls_in_vain, std::memory_order_relaxed);
  return nullptr;
}

void Pipe::put_back(std::unique_ptr<Pipe> pipe) noexcept {
  for (std::atomic<Pipe*>& place : shelf) {
    Pipe* nobody = nullptr;
    if (place.compare_exchange_strong(nobody, pipe.get(), std::memory_order_acq_rel)) return void(pipe.release());
  }
}

Pipe::~Pipe() { close_both(ends_); }

}  // namespace cxxproxy::engine
