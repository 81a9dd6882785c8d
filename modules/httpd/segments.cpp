#include "httpd/segments.hpp"

#include <utility>

namespace cxxproxy::httpd {
namespace {

using Segment = SharedState::Segment;
constexpr char segments_key[] = "cxxproxy_state";

struct Node {
  Segment segment;
  Node* older;
};

Node* newest_node(const server_rec* s) {
  void* found = nullptr;
  apr_pool_userdata_get(&found, segments_key, s->process->pool);
  return static_cast<Node*>(found);
}

void set_newest(const server_rec* s, Node* node) {
  apr_pool_userdata_set(node, segments_key, nullptr, s->process->pool);
}

// Gives back the memory of all behind the newest of which `useless` says so.
template <class Useless>
void drop_older_if(const server_rec* s, Useless useless) {
  for (Node* newer = newest_node(s); newer && newer->older;) {
    Node& node = *newer->older;
    if (useless(node)) {
      newer->older = node.older;
      apr_shm_destroy(node.segment.memory);
    } else {
      newer = &node;
    }
  }
}

void end_unused(const server_rec* s, SharedState& state) {
  drop_older_if(s, [&](const Node& node) {
    SharedState older(node.segment.base);
    if (older.has_children()) return false;
    state.forget(older);
    return true;
  });
}

}  // namespace

void* newest_segment(const server_rec* s) {
  const Node* newest = newest_node(s);
  return newest && SharedState::is_ours(newest->segment.base) ? newest->segment.base : nullptr;
}

void add_segment(server_rec* s, const Segment& made) {
  Node* const node = static_cast<Node*>(apr_palloc(s->process->pool, sizeof(Node)));
  *node = {made, newest_node(s)};
  set_newest(s, node);
  drop_older_if(s, [](const Node& older) { return !SharedState::is_ours(older.segment.base); });
}

void look_back(server_rec* s, SharedState& state) {
  state.clear_columns_of_the_dead();
  const Node* node = newest_node(s);
  while ((node = node->older)) {
    SharedState(node->segment.base).clear_columns_of_the_dead();
    state.look_back(node->segment.base);
  }
  end_unused(s, state);
}

void child_is_gone(server_rec* s, SharedState& state, pid_t pid) {
  state.clear_columns_of(pid);
  end_unused(s, state);
}

}  // namespace cxxproxy::httpd
