// A callable lent for the time of one call: two pointers, no allocation. Must not outlive what it refers to.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace cxxproxy::balance {

template <class F, class Self, class Result, class... Args>
concept Lendable = !std::is_same_v<std::remove_cvref_t<F>, Self> && std::is_invocable_r_v<Result, F&, Args...>;

template <class Signature>
class FunctionRef;

template <class Result, class... Args>
class FunctionRef<Result(Args...)> {
 public:
  template <Lendable<FunctionRef, Result, Args...> F>
  FunctionRef(F&& callable) noexcept  // NOLINT(google-explicit-constructor): a lambda should fit as it is
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* object, Args... args) noexcept -> Result {
          return (*static_cast<std::add_pointer_t<F>>(object))(std::forward<Args>(args)...);
        }) {}

  Result operator()(Args... args) const noexcept { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  Result (*call_)(void*, Args...) noexcept;
};

}  // namespace cxxproxy::balance
