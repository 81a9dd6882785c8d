#include "backend/tls/connection.hpp"

#include "backend/tls/server.hpp"
#include "catch.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace cxxproxy::backend {
namespace {

using namespace test;
using State = IoResult::State;

const Identity& backend_identity() {
  static const Identity identity = make_identity({.alternative_names = "DNS:backend.test"});
  return identity;
}

// Of the two versions of today.
const TlsServer& server_of(int version) {
  static const TlsServer old(backend_identity(), {.highest = TLS1_2_VERSION}), fresh(backend_identity());
  return version == TLS1_2_VERSION ? old : fresh;
}

std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + i * i % 23);
  return bytes;
}

iovec part(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

}  // namespace

TEST_CASE("bytes pass through TLS whatever pieces its own bytes come in", "[tls]") {
  const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  const std::size_t piece = GENERATE(1U, 2U, 5U, 17U, 1400U);
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(version));
  REQUIRE(pair.shake_hands(piece).ok());
  CHECK(SSL_version(pair.peer->ssl()) == version);
  CHECK(pair.peer->sni() == "backend.test");

  const std::string head = "GET / HTTP/1.1\r\n", body = "\r\n";
  const iovec parts[] = {part(head), part(""), part(body)};
  CHECK(pair.client->write(parts).bytes == head.size() + body.size());
  for (int turns = 0; turns < 1000 && pair.peer->heard().size() < head.size() + body.size(); ++turns) {
    pair.peer->turn(piece);
  }
  CHECK(pair.peer->heard() == head + body);

  const std::string answer = noise(5000);
  pair.peer->say(answer);
  CHECK(pair.read(answer.size(), 65536, piece) == answer);
  CHECK(pair.client->bytes_read() == answer.size());
}

TEST_CASE("what is decrypted and not yet read shows in holds_bytes", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(TLS1_3_VERSION));
  REQUIRE(pair.shake_hands().ok());
  const std::string answer = noise(40000);
  pair.peer->say(answer);
  const std::size_t buffer = GENERATE(1U, 10U, 1000U, 16384U, 39999U, 40000U);
  CHECK(pair.read(answer.size(), buffer) == answer);
  char byte;
  CHECK(pair.client->read({&byte, 1}).state == State::WouldBlock);
  CHECK_FALSE(pair.client->holds_bytes());
}

TEST_CASE("a write that the socket does not take whole goes on where it stopped", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)));
  REQUIRE(pair.shake_hands().ok());
  const std::string head = "POST / HTTP/1.1\r\n\r\n", body = noise(3000000);
  std::vector<iovec> parts{part(head), part(body)};
  bool was_full = false;
  std::size_t written = 0;
  while (written < head.size() + body.size()) {
    const IoResult put = pair.client->write(parts);
    if (put.state == State::WouldBlock) {
      was_full = true;
      CHECK(pair.client->interest(false, true).writable);
      pair.peer->turn(777);
      continue;
    }
    REQUIRE(put.ok());
    written += put.bytes;
    for (std::size_t left = put.bytes; left > 0;) {
      const std::size_t step = std::min(left, parts.front().iov_len);
      parts.front() =
          part(std::string_view(static_cast<char*>(parts.front().iov_base), parts.front().iov_len).substr(step));
      left -= step;
      if (parts.front().iov_len == 0) parts.erase(parts.begin());
    }
  }
  CHECK(was_full);
  for (int turns = 0; turns < 100000 && pair.peer->heard().size() < written; ++turns) pair.peer->turn();
  CHECK(pair.peer->heard() == head + body);
}

TEST_CASE("both directions at once do not disturb each other", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(TLS1_3_VERSION));
  REQUIRE(pair.shake_hands().ok());
  const std::string up = noise(300000), down = noise(300000);
  pair.peer->say(down);
  std::string got;
  std::size_t put = 0;
  char buffer[3000];
  for (int turns = 0; turns < 100000 && (put < up.size() || got.size() < down.size()); ++turns) {
    const iovec rest[] = {part(std::string_view(up).substr(put))};
    if (put < up.size()) put += pair.client->write(rest).bytes;
    got.append(buffer, pair.client->read(buffer).bytes);
    pair.peer->turn(999);
  }
  for (int turns = 0; turns < 100000 && pair.peer->heard().size() < up.size(); ++turns) pair.peer->turn();
  CHECK(got == down);
  CHECK(pair.peer->heard() == up);
}

TEST_CASE("a new key that the backend asks for is answered, though the socket is full", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(TLS1_3_VERSION));
  REQUIRE(pair.shake_hands().ok());
  const std::string up = noise(1 << 20);
  std::size_t put = 0;
  for (;;) {
    const iovec rest[] = {part(std::string_view(up).substr(put))};
    const IoResult result = pair.client->write(rest);
    if (!result.ok()) break;
    put += result.bytes;
  }
  const int times = GENERATE(1, 2, 3, 10);
  for (int i = 0; i < times; ++i) {
    REQUIRE(SSL_key_update(pair.peer->ssl(), SSL_KEY_UPDATE_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(pair.peer->ssl()) == 1);
  }
  pair.peer->say("answer");
  char* waiting = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(SSL_get_wbio(pair.peer->ssl()), &waiting));
  pair.peer->give(size);  // and takes nothing, so that the client's word has to wait
  char one[100];
  const IoResult blocked = pair.client->read(one);
  if (blocked.state == State::WouldBlock) {
    CHECK(pair.client->interest(true, false).writable);
    CHECK(pair.client->may_read({.readable = false, .writable = true}));
  }
  std::string got(one, blocked.bytes);
  char buffer[100];
  for (int turns = 0; turns < 100000 && (got.size() < 6 || put < up.size()); ++turns) {
    got.append(buffer, pair.client->read(buffer).bytes);
    const iovec rest[] = {part(std::string_view(up).substr(put))};
    if (put < up.size()) put += pair.client->write(rest).bytes;
    pair.peer->turn(500);
  }
  CHECK(got == "answer");
  for (int turns = 0; turns < 100000 && pair.peer->heard().size() < up.size(); ++turns) pair.peer->turn();
  CHECK(pair.peer->heard() == up);
}

TEST_CASE("the end of a connection is an end, with a farewell or without", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)));
  REQUIRE(pair.shake_hands().ok());
  pair.peer->say("last words");
  const bool with_farewell = GENERATE(true, false);
  if (with_farewell) pair.peer->say_farewell();
  pair.peer->hang_up();
  char buffer[100];
  const IoResult got = pair.client->read(buffer);
  CHECK(std::string_view(buffer, got.bytes) == "last words");
  if (with_farewell) CHECK(pair.client->holds_bytes());
  CHECK(pair.client->read(buffer).state == State::Closed);
}

TEST_CASE("a reset is a failure with its errno", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(TLS1_3_VERSION));
  REQUIRE(pair.shake_hands().ok());
  const iovec parts[] = {part("unread")};
  REQUIRE(pair.client->write(parts).ok());
  pair.peer.reset();  // with bytes unread: the kernel resets
  char buffer[100];
  IoResult got = pair.client->read(buffer);
  CHECK(got.state == State::Failed);
  CHECK(got.error == ECONNRESET);
  CHECK(pair.client->write(parts).state == State::Failed);
}

TEST_CASE("a connection that has failed is waited for no more than is asked", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)));
  REQUIRE(pair.shake_hands().ok());
  pair.peer->say("an answer");
  pair.peer->turn();
  const iovec parts[] = {part("unread")};
  REQUIRE(pair.client->write(parts).ok());
  pair.peer.reset();
  REQUIRE(pair.client->write(parts).state == State::Failed);
  CHECK_FALSE(pair.client->interest(false, false).any());
  CHECK(pair.client->interest(true, false).readable);
  char buffer[100];
  CHECK(pair.client->read(buffer).bytes == 9);  // what it said before is there all the same
}

TEST_CASE("a backend that sends new keys without end is not listened to without end", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(TLS1_3_VERSION));
  REQUIRE(pair.shake_hands().ok());
  const auto new_keys = [&](int count) {
    for (int i = 0; i < count; ++i) {
      SSL_key_update(pair.peer->ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
      SSL_do_handshake(pair.peer->ssl());
    }
  };
  char buffer[100];
  const bool idle = GENERATE(false, true);
  for (int i = 0; i < 20; ++i) {  // what comes between answers is no matter
    new_keys(500);
    pair.peer->say("answer");
    CHECK(pair.read(6) == "answer");
  }
  State state = State::WouldBlock;
  for (int i = 0; i < 100 && state == State::WouldBlock; ++i) {
    new_keys(100);
    pair.peer->turn();
    state = idle && pair.client->idle_and_alive() ? State::WouldBlock : pair.client->read(buffer).state;
  }
  CHECK(state == State::Failed);
  CHECK_FALSE(pair.client->idle_and_alive());
  REQUIRE(pair.client->trouble());
  CHECK(pair.client->trouble()->text == "the backend talks about TLS without end");
}

TEST_CASE("an idle connection takes in tickets, and nothing else", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(TLS1_3_VERSION));
  REQUIRE(pair.shake_hands().ok());
  pair.peer->turn();
  CHECK(pair.client->idle_and_alive());
  CHECK(profile->sessions().size() > 0);
  SECTION("a byte that nobody asked for") { pair.peer->say("x"); }
  SECTION("a farewell") { pair.peer->say_farewell(); }
  SECTION("an end without one") { pair.peer->hang_up(); }
  pair.peer->turn();
  CHECK_FALSE(pair.client->idle_and_alive());
}

TEST_CASE("a connection says farewell at its end", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)));
  REQUIRE(pair.shake_hands().ok());
  CHECK_FALSE(pair.peer->heard_farewell());
  pair.client.reset();
  pair.peer->turn();
  CHECK(pair.peer->heard_farewell());
}

TEST_CASE("our side may end, and the backend goes on", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)));
  REQUIRE(pair.shake_hands().ok());
  const iovec word[] = {part("word")};
  REQUIRE(pair.client->write(word).bytes == 4);
  pair.client->end_writing();
  pair.peer->turn();
  CHECK(pair.peer->heard() == "word");
  CHECK(pair.peer->heard_farewell());
  pair.peer->say("last words");
  CHECK(pair.read(10) == "last words");
}

TEST_CASE("the end of our side waits for a full socket, and for nothing else", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)));
  REQUIRE(pair.shake_hands().ok());
  const std::string up = noise(1 << 20);
  for (std::size_t put = 0;;) {
    const iovec rest[] = {part(std::string_view(up).substr(put))};
    const IoResult result = pair.client->write(rest);
    if (!result.ok()) break;
    put += result.bytes;
  }
  pair.client->end_writing();
  CHECK(pair.client->interest(true, false).writable);
  CHECK(pair.client->may_read({.readable = false, .writable = true}));
  char byte;
  for (int turns = 0; turns < 100000 && !pair.peer->heard_farewell(); ++turns) {
    pair.peer->turn(5000);
    CHECK(pair.client->read({&byte, 1}).state == State::WouldBlock);
  }
  CHECK(pair.peer->heard_farewell());
  CHECK(up.starts_with(pair.peer->heard()));
  CHECK_FALSE(pair.client->interest(true, false).writable);
  CHECK_FALSE(pair.client->may_read({.readable = false, .writable = true}));
}

TEST_CASE("the kernel's way around this process is none through TLS", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(TLS1_3_VERSION));
  REQUIRE(pair.shake_hands().ok());
  pair.peer->say("secret");
  pair.peer->turn();
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const FileDescriptor out(pipe[0]), in(pipe[1]);
  CHECK_FALSE(pair.client->splices());
  CHECK(pair.client->read_into(in.get(), 100).state == State::WouldBlock);
  CHECK(pair.read(6) == "secret");
}

TEST_CASE("a name that is too long for SNI is not told", "[tls]") {
  const std::size_t length = GENERATE(255U, 256U, 10000U);
  TlsSettings settings;
  settings.name_check = NameCheck::None;
  const auto profile = make_profile(settings);
  TlsPair pair(*profile, server_of(TLS1_3_VERSION), std::string(length, 'a'));
  REQUIRE(pair.shake_hands().ok());
  CHECK(pair.peer->sni().size() == (length == 255 ? length : 0));
}

TEST_CASE("an address is no server name", "[tls]") {
  const Identity identity = make_identity({.alternative_names = "IP:127.0.0.1"});
  const TlsServer server(identity);
  const auto profile = make_profile();
  TlsPair pair(*profile, server, "127.0.0.1");
  REQUIRE(pair.shake_hands().ok());
  CHECK(pair.peer->sni().empty());
}

TEST_CASE("a backend that asks for a new handshake does not get one", "[tls]") {
  const auto profile = make_profile();
  TlsPair pair(*profile, server_of(TLS1_2_VERSION));
  REQUIRE(pair.shake_hands().ok());
  REQUIRE(SSL_renegotiate(pair.peer->ssl()) == 1);
  SSL_do_handshake(pair.peer->ssl());
  pair.peer->turn();
  char buffer[100];
  CHECK(pair.client->read(buffer).state == State::WouldBlock);
  pair.peer->turn();
  CHECK_FALSE(pair.peer->has_shaken_hands());
}

}  // namespace cxxproxy::backend
