# cxxproxy_precompile(target): what most sources include of the standard library is parsed once for the target, which is a third
# to a half of the time of the builds for development. Makefile.apxs does without: a source that lacks an include fails there.
function(cxxproxy_precompile target)
  target_precompile_headers(
    ${target}
    PRIVATE
    <algorithm>
    <array>
    <atomic>
    <chrono>
    <cstddef>
    <cstdint>
    <cstring>
    <functional>
    <memory>
    <mutex>
    <optional>
    <span>
    <string>
    <string_view>
    <utility>
    <vector>)
endfunction()
