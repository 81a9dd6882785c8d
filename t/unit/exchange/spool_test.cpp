#include "exchange/spool.hpp"

#include <stdlib.h>

#include <filesystem>
#include <optional>

#include "catch.hpp"
#include "exchange/fakes.hpp"

namespace cxxproxy::exchange {
namespace {

namespace fs = std::filesystem;

// TMPDIR for the length of a test.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const char* folder) {
    if (const char* before = ::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", folder, 1);
  }
  ~TemporaryFolder() {
    if (before_) {
      ::setenv("TMPDIR", before_->c_str(), 1);
    } else {
      ::unsetenv("TMPDIR");
    }
  }

 private:
  std::optional<std::string> before_;
};

TEST_CASE("an empty spool has nothing to read", "[exchange]") {
  Spool spool;
  CHECK(spool.empty());
  CHECK(spool.read(0, 100).empty());
}

TEST_CASE("a spool gives back what was put into it, from anywhere", "[exchange]") {
  const std::string text = test::pattern(100000);
  Spool spool;
  for (std::size_t at = 0; at < text.size(); at += 33333) {
    REQUIRE(spool.append(std::string_view(text).substr(at, 33333)));
  }
  CHECK(spool.size() == text.size());
  CHECK(spool.read(0, 10) == text.substr(0, 10));
  CHECK(spool.read(99990, 100) == text.substr(99990));
  CHECK(spool.read(33330, 7) == text.substr(33330, 7));
  CHECK(spool.read(text.size(), 1).empty());
}

TEST_CASE("a spool's file has no name", "[exchange]") {
  std::string name = (fs::temp_directory_path() / "spool.XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  {
    const TemporaryFolder here(name.c_str());
    Spool spool;
    REQUIRE(spool.append("text"));
    CHECK(fs::is_empty(name));
  }
  fs::remove(name);
}

TEST_CASE("a spool without a place for its file says so", "[exchange]") {
  const TemporaryFolder nowhere("/nonexistent/folder");
  Spool spool;
  CHECK_FALSE(spool.append("text"));
  CHECK(spool.empty());
}

}  // namespace
}  // namespace cxxproxy::exchange
