#include "wire/response_reader.hpp"

#include "wire/reader_script.hpp"

using namespace cxxproxy::wire;
using namespace cxxproxy::wire::test;

namespace {

using Options = ResponseReader::Options;
using BadField = ResponseReader::BadField;

Options with(BadField policy) { return {.limits = {}, .bad_field = policy, .head_request = false}; }
Options with(const ResponseReader::Limits& limits) {
  return {.limits = limits, .bad_field = BadField::Error, .head_request = false};
}

// The outcome of a head with this line as its only field, and a body of no length.
std::string outcome_of_field(std::string_view line) {
  return outcome("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + std::string(line) + "\r\n\r\n");
}

std::string repeat(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("a plain answer is a head, its body and an end", "[wire]") {
  CHECK(play("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello") ==
        Script{"head 1.1 200 (OK) [Content-Type=text/plain|Content-Length=5] length 5", "body hello", "end, reusable"});
}

TEST_CASE("a reader takes one answer after the other", "[wire]") {
  ResponseReader reader;
  std::string_view in = "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: y\r\n\r\n";
  for (const int status : {204, 200}) {
    reader.start({});
    CHECK_FALSE(reader.started());
    const Event event = reader.on_bytes(in);
    REQUIRE(std::holds_alternative<Head>(event));
    CHECK(reader.started());
    CHECK(std::get<Head>(event).head.status == status);
    const Event end = reader.on_bytes(in);
    REQUIRE(std::holds_alternative<End>(end));
    CHECK(std::get<End>(end).reusable);
    CHECK(std::holds_alternative<NeedMore>(reader.on_bytes(in)));
  }
  CHECK(in.empty());
}

TEST_CASE("a head that comes in one read is not copied", "[wire]") {
  ResponseReader reader;
  reader.start({});
  const std::string_view bytes = "HTTP/1.1 200 Fine\r\nA: b\r\n\r\n";
  std::string_view in = bytes;
  const Event event = reader.on_bytes(in);
  const ResponseHead& head = std::get<Head>(event).head;
  CHECK(head.reason.data() == bytes.data() + 13);
  CHECK(head.fields[0].name.data() == bytes.data() + 19);
  CHECK(head.fields[0].value.data() == bytes.data() + 22);
}

TEST_CASE("nothing is said before a reader is started or after an answer ended", "[wire]") {
  ResponseReader reader;
  std::string_view in = "HTTP/1.1 200 OK\r\n\r\n";
  CHECK(std::holds_alternative<NeedMore>(reader.on_bytes(in)));
  CHECK(std::holds_alternative<NeedMore>(reader.on_close()));
  CHECK(in.size() == 19);
  CHECK(play("HTTP/1.1 204 N\r\n\r\nmore", {}, Then::Close) ==
        Script{"head 1.1 204 (N) [] none", "end, reusable", "left more"});
}

TEST_CASE("a status line is HTTP/1.x, three digits and perhaps a reason", "[wire]") {
  struct Row {
    std::string_view line;
    std::string_view head;
  };
  const Row rows[] = {
      {"HTTP/1.1 200 OK", "1.1 200 (OK)"},
      {"HTTP/1.0 200 OK", "1.0 200 (OK)"},
      {"HTTP/1.2 200 OK", "1.2 200 (OK)"},
      {"HTTP/1.1 200", "1.1 200 ()"},
      {"HTTP/1.1 200 ", "1.1 200 ()"},
      {"HTTP/1.1 404 Not  Found ", "1.1 404 (Not  Found)"},
      {"HTTP/1.1 599 \xc3\xa4", "1.1 599 (\xc3\xa4)"},
      {"HTTP/1.1 200 a\tb", "1.1 200 (a\tb)"},
      {"HTTP/1.1 200 O\x0bK", "1.1 200 ()"},
      {"HTTP/1.1 200 O\rK", "1.1 200 ()"},
      {"HTTP/1.1 200 \x7f", "1.1 200 ()"},
      {"\r\nHTTP/1.1 200 OK", "1.1 200 (OK)"},
      {"\nHTTP/1.1 200 OK", "1.1 200 (OK)"},
  };
  for (const Row& row : rows) {
    const Script script = play(std::string(row.line) + "\r\nContent-Length: 0\r\n\r\n");
    REQUIRE(script.size() == 2);
    CHECK(script[0] == "head " + std::string(row.head) + " [Content-Length=0] length 0");
  }
}

TEST_CASE("what does not begin like HTTP/1 is no answer", "[wire]") {
  struct Row {
    std::string_view line;
    Fault fault;
  };
  const Row rows[] = {
      {"hello", Fault::BadStatusLine},
      {"HTTP/1.1200", Fault::BadStatusLine},
      {"HTTP/1.1 20 OK", Fault::BadStatusLine},
      {"HTTP/1.1 2000 OK", Fault::BadStatusLine},
      {"HTTP/1.1 200OK", Fault::BadStatusLine},
      {"HTTP/1.1 200\tOK", Fault::BadStatusLine},
      {"HTTP/1.1\t200 OK", Fault::BadStatusLine},
      {"HTTP/1.1  200 OK", Fault::BadStatusLine},
      {"HTTP/1.1 +20 OK", Fault::BadStatusLine},
      {"HTTP/1.1 OK", Fault::BadStatusLine},
      {"HTTP/1.10 200 OK", Fault::BadStatusLine},
      {"HTTP/1 200 OK", Fault::BadStatusLine},
      {"HTTP/1.x 200 OK", Fault::BadStatusLine},
      {"http/1.1 200 OK", Fault::BadStatusLine},
      {" HTTP/1.1 200 OK", Fault::BadStatusLine},
      {"ICY 200 OK", Fault::BadStatusLine},
      {"\r\n\r\nHTTP/1.1 200 OK", Fault::BadStatusLine},
      {"\rHTTP/1.1 200 OK", Fault::BadStatusLine},
      {"HTTP/0.9 200 OK", Fault::BadVersion},
      {"HTTP/2.0 200 OK", Fault::BadVersion},
      {"HTTP/1.1 099 Low", Fault::BadStatus},
      {"HTTP/1.1 000 Low", Fault::BadStatus},
      {"HTTP/1.1 600 High", Fault::BadStatus},
      {"HTTP/1.1 999 High", Fault::BadStatus},
  };
  for (const Row& row : rows) {
    INFO(row.line);
    CHECK(outcome(std::string(row.line) + "\r\nA: b\r\n\r\n") == broken(row.fault));
  }
  CHECK(outcome(std::string_view("HTTP/1.1 200 O\0K\r\n\r\n", 20)) == broken(Fault::BadLine));
}

TEST_CASE("a greeting in another protocol is refused without waiting for its line end", "[wire]") {
  CHECK(outcome("SSH-2.0") == broken(Fault::BadStatusLine));
  CHECK(outcome("\x15\x03\x01") == broken(Fault::BadStatusLine));
  CHECK(outcome("HTT").empty());
}

TEST_CASE("fields are trimmed, bytes from 0x80 on pass, bare line feeds end a line", "[wire]") {
  CHECK(play("HTTP/1.1 204 OK\nA: \t b \t\nB:\nc:d:e\n!#$%&'*+-.^_`|~9: \xe4\xff\n\n")[0] ==
        "head 1.1 204 (OK) [A=b|B=|c=d:e|!#$%&'*+-.^_`|~9=\xe4\xff] none");
}

TEST_CASE("folded lines are joined with one space", "[wire]") {
  CHECK(play("HTTP/1.1 204 OK\r\nA: b\r\n   c\t\r\n\td \r\nE: f\r\nG:\r\n h\r\nI: j\r\n \r\nK: l\r\n\r\n")[0] ==
        "head 1.1 204 (OK) [A=b c d|E=f|G=h|I=j|K=l] none");
}

TEST_CASE("a continuation of nothing is an error", "[wire]") {
  CHECK(outcome("HTTP/1.1 200 OK\r\n folded: x\r\n\r\n") == broken(Fault::BadFold));
  CHECK(outcome("HTTP/1.1 200 OK\r\n \r\n\r\n") == broken(Fault::BadFold));
  CHECK(outcome("HTTP/1.1 200 OK\r\nA: b\r\nno colon\r\n x: y\r\n\r\n", with(BadField::Ignore)) ==
        broken(Fault::BadFold));
  CHECK(outcome("HTTP/1.1 200 OK\r\nA: b\r\nHTTP/1.1 200 OK\r\n x: y\r\n\r\n") == broken(Fault::BadFold));
  CHECK(outcome("HTTP/1.1 200 OK\r\nA: b\r\n c\x01\r\n\r\n") == broken(Fault::BadFieldValue));
}

TEST_CASE("illegal field names and values are refused", "[wire]") {
  for (const std::string_view line :
       {": x", "A : x", "A\t: x", "A B: x", "A\"B: x", "A(B: x", "\xc3\xa4: x", "A\rB: x", "A\x01: x",
        "HTTP/1.1 200 OK: x", "[a]: x", "A,B: x", "A;B: x", "A/B: x", "A@: x"}) {
    INFO(line);
    CHECK(outcome_of_field(line) == broken(Fault::BadFieldName));
  }
  for (const std::string_view line :
       {"A: x\x01y", "A: x\ry", "A: \rx", "A: x\r", "A: x\x7f", "A: \x0b", "A: x\x1b[0m"}) {
    INFO(line);
    CHECK(outcome_of_field(line) == broken(Fault::BadFieldValue));
  }
  CHECK(outcome_of_field(std::string_view("A: x\0y", 6)) == broken(Fault::BadLine));
  CHECK(outcome_of_field(std::string_view("A\0: xy", 6)) == broken(Fault::BadLine));
  CHECK(outcome_of_field(std::string_view("no\0colon", 8)) == broken(Fault::BadLine));
  CHECK(outcome_of_field("\r").starts_with("broken"));
}

TEST_CASE("a field cut off by a control character never ends the head early", "[wire]") {
  const std::string bytes = "HTTP/1.1 200 OK\r\nA: b\x02\r\nSet-Cookie: s=1\r\nContent-Length: 0\r\n\r\n";
  CHECK(play(bytes)[0] == broken(Fault::BadFieldValue));
}

TEST_CASE("a line without a colon is an error, ignored, or the body's first, as told", "[wire]") {
  const std::string bytes = "HTTP/1.1 200 OK\r\nA: b\r\nno field\r\nC: d\r\n\r\nrest";
  CHECK(outcome(bytes) == broken(Fault::NoColon));
  CHECK(play(bytes, with(BadField::Ignore), Then::Close) ==
        Script{"head 1.1 200 (OK) [A=b|C=d] until close", "body rest", "end, not reusable"});
  CHECK(play(bytes, with(BadField::StartBody), Then::Close) ==
        Script{"head 1.1 200 (OK) [A=b] until close", "body no field\r\nC: d\r\n\r\nrest", "end, not reusable"});
}

TEST_CASE("a body that starts in the head keeps the framing told before", "[wire]") {
  const auto start_body = with(BadField::StartBody);
  CHECK(play("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nno field\r\nxy", start_body) ==
        Script{"head 1.1 200 (OK) [Content-Length=12] length 12", "body no field\r\nxy", "end, not reusable"});
  CHECK(play("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n2\r\nab\r\n0\r\nT: u\r\n\r\n", start_body) ==
        Script{"head 1.1 200 (OK) [Transfer-Encoding=chunked] chunked", "body ab", "end, not reusable [T=u]"});
  CHECK(play("HTTP/1.1 200 OK\r\nno field\nxy", start_body, Then::Close) ==
        Script{"head 1.1 200 (OK) [] until close", "body no field\nxy", "end, not reusable"});
  CHECK(outcome("HTTP/1.1 103 Hints\r\nno field\r\n\r\n", start_body) == broken(Fault::NoColon));
}

TEST_CASE("a status line repeated in the midst of a head is left out", "[wire]") {
  for (const BadField policy : {BadField::Error, BadField::Ignore, BadField::StartBody}) {
    CHECK(play("HTTP/1.1 204 OK\r\nA: b\r\nHTTP/1.0 200, OK\r\nC: d\r\n\r\n", with(policy))[0] ==
          "head 1.1 204 (OK) [A=b|C=d] none");
  }
  CHECK(outcome("HTTP/1.1 204 OK\r\nA: b\r\nHTTP/foo\r\nC: d\r\n\r\n") == broken(Fault::NoColon));
}

TEST_CASE("lines, fields and heads have a limit", "[wire]") {
  const std::string status = "HTTP/1.1 204 OK\r\n";
  const auto small = with({.line = 32, .fields = 3, .head = 100, .interims = 9});
  CHECK(outcome(status + "A: " + std::string(28, 'x') + "\r\n\r\n", small) == "end, reusable");
  CHECK(outcome(status + "A: " + std::string(30, 'x') + "\r\n\r\n", small) == broken(Fault::LineTooLong));
  CHECK(outcome(status + "A: " + std::string(30, 'x'), small) == broken(Fault::LineTooLong));
  CHECK(outcome(status + "A: " + std::string(20, 'x') + "\r\n " + std::string(20, 'x') + "\r\n\r\n", small) ==
        broken(Fault::LineTooLong));
  CHECK(outcome(status + repeat("A: b\r\n", 3) + "\r\n", small) == "end, reusable");
  CHECK(outcome(status + repeat("A: b\r\n", 4) + "\r\n", small) == broken(Fault::TooManyFields));
  CHECK(outcome(status + repeat("A: 0123456789012345678901234\r\n", 3) + "\r\n", small) == broken(Fault::HeadTooLarge));
  CHECK(outcome(status + repeat("no colon\r\n", 9) + "\r\n", with(BadField::Ignore)) == "end, reusable");
}

TEST_CASE("the limits hold by default", "[wire]") {
  const std::string status = "HTTP/1.1 204 OK\r\n";
  const auto last = [](const std::string& bytes) { return play_pieces({bytes}, {}, Then::Wait).back(); };
  CHECK(last(status + repeat("A: b\r\n", 100) + "\r\n") == "end, reusable");
  CHECK(last(status + repeat("A: b\r\n", 101) + "\r\n") == broken(Fault::TooManyFields));
  CHECK(last(status + "A: " + std::string(8188, 'x') + "\r\n\r\n") == "end, reusable");
  CHECK(last(status + "A: " + std::string(8190, 'x') + "\r\n\r\n") == broken(Fault::LineTooLong));
  CHECK(last(status + repeat("A: " + std::string(8000, 'x') + "\r\n", 9) + "\r\n") == broken(Fault::HeadTooLarge));
}

TEST_CASE("interim answers come before the final one, without a body", "[wire]") {
  CHECK(play("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\nContent-Length: 5\r\n"
             "Transfer-Encoding: gzip\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx") ==
        Script{"interim 1.1 100 (Continue) []",
               "interim 1.1 103 (Early) [Link=</a>|Content-Length=5|Transfer-Encoding=gzip]",
               "head 1.1 200 (OK) [Content-Length=1] length 1", "body x", "end, reusable"});
}

TEST_CASE("interim answers are validated like final ones", "[wire]") {
  CHECK(outcome("HTTP/1.1 103 Early\r\nA: b\x01\r\n\r\n") == broken(Fault::BadFieldValue));
  CHECK(outcome("HTTP/1.1 103 Early\r\nA : b\r\n\r\n") == broken(Fault::BadFieldName));
  CHECK(outcome("HTTP/1.1 103 E\x01\r\n\r\n") == "interim 1.1 103 () []");
}

TEST_CASE("the tenth interim answer is one too many", "[wire]") {
  const std::string interims = repeat("HTTP/1.1 102 Processing\r\n\r\n", 9);
  CHECK(outcome(interims + "HTTP/1.1 204 OK\r\n\r\n") == "end, reusable");
  CHECK(outcome(interims + "HTTP/1.1 102 Processing\r\n\r\n") == broken(Fault::TooManyInterims));
}

TEST_CASE("an interim answer and then nothing is an error", "[wire]") {
  CHECK(outcome("HTTP/1.1 102 Processing\r\n\r\n", {}, Then::Close) == broken(Fault::ClosedInHead));
}

TEST_CASE("after a switch of protocols no byte is touched", "[wire]") {
  CHECK(play("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") ==
        Script{"interim 1.1 101 (Switching) [Upgrade=websocket]", "left HTTP/1.1 200 OK\r\n\r\n"});
}

TEST_CASE("a close before the first byte is told from one in the midst of an answer", "[wire]") {
  CHECK(play("", {}, Then::Close) == Script{broken(Fault::ClosedBeforeAnswer)});
  for (const std::string_view head :
       {"H", "\r\n", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n"}) {
    CHECK(play(head, {}, Then::Close) == Script{broken(Fault::ClosedInHead)});
  }
}
