#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "wire/fault.hpp"
#include "wire/fields.hpp"
#include "wire/line_block.hpp"

namespace cxxproxy::wire {

// The fields of one head or trailer, taken from its lines (RFC 9112 section 5). Strict about names and values; folded
// lines are joined with one space. One thread; keeps its capacity from block to block.
class FieldList {
 public:
  struct Limits {
    std::size_t fields = 0;
    std::size_t folded = 0;  // bytes of one field, its continuations included
  };

  void start(const Limits& limits);

  // Takes in the line that `lines` has just eaten, which is not empty. Nothing if it was a good field or a
  // continuation of one. After NoColon the caller may leave the line out with skip() and go on; every other fault is
  // final.
  std::optional<Fault> add(LineBlock& lines);

  // Takes in the lines at the front of `in` for as long as they are whole and good fields that end in CRLF, in one pass
  // over them, and eats them. What comes behind them is for LineBlock::next() and add(), which know what is to be said
  // about it: the same fields come out whether this is called or not.
  void add_plain(LineBlock& lines, std::string_view& in);

  // The line just eaten is no field: a continuation of it would be one of nothing.
  void skip() noexcept { can_fold_ = false; }

  // The fields as views into `lines`, for the caller to change as it likes; valid until start() of either.
  std::vector<Field>& views(const LineBlock& lines);

 private:
  // Positions, because the lines may move while the block grows.
  struct Place {
    std::size_t name_begin, name_size, value_begin, value_end;
    FieldName known;
  };

  std::optional<Fault> fold(LineBlock& lines);

  std::vector<Place> places_;
  std::vector<Field> views_;
  Limits limits_{};
  bool can_fold_ = false;
};

}  // namespace cxxproxy::wire
