#include "wire/url.hpp"

#include "catch.hpp"

using namespace cxxproxy::wire;

namespace {

// The parts between bars, or "none".
std::string parts(std::string_view text) {
  const auto url = split_url(text);
  if (!url) return "none";
  std::string all;
  for (const std::string_view part : {url->scheme, url->userinfo, url->host, url->port, url->path_and_query}) {
    all.append(part).append("|");
  }
  return all + (url->bracketed ? "v6" : "");
}

std::string canonical(std::string_view decoded, EncodedSlashes slashes = EncodedSlashes::Decoded) {
  std::string out;
  append_canonical_path(out, decoded, slashes);
  return out;
}

}  // namespace

TEST_CASE("a URL is taken apart as it is written", "[wire]") {
  CHECK(parts("http://h") == "http||h|||");
  CHECK(parts("http://h/") == "http||h||/|");
  CHECK(parts("HTTPS://U:p@Host.example:8443/a/b?c=d#e") == "HTTPS|U:p|Host.example|8443|/a/b?c=d#e|");
  CHECK(parts("http://h?q") == "http||h||?q|");
  CHECK(parts("http://[::1]:80/x") == "http||::1|80|/x|v6");
  CHECK(parts("http://[fe80::1%25eth0]") == "http||fe80::1%25eth0|||v6");
  CHECK(parts("balancer://name") == "balancer||name|||");
  CHECK(parts("http://h:/x") == "http||h||/x|");
  CHECK(parts("http://$1:$2/x") == "http||$1|$2|/x|");
  CHECK(parts("http://h/@x:y://z") == "http||h||/@x:y://z|");
}

TEST_CASE("what is no URL of a backend is refused", "[wire]") {
  for (const std::string_view text : {"",
                                      "http",
                                      "http:",
                                      "http:/h",
                                      "http:///x",
                                      "://h",
                                      "1http://h",
                                      "ht tp://h",
                                      "/http://h",
                                      "http://@",
                                      "http://:80/",
                                      "http://u@",
                                      "http://a@b@c/",
                                      "http://[::1/",
                                      "http://[::1]x/",
                                      "http://[]/",
                                      "http://::1/",
                                      "http://h:80:90/",
                                      "http://h\\evil/",
                                      "http://h/a b",
                                      "http://h/\r\n",
                                      "http://h/\x7f",
                                      "http://h]/",
                                      "http://h:8[0/",
                                      "http://?x"}) {
    INFO(text);
    CHECK(parts(text) == "none");
  }
  CHECK(parts(std::string_view("http://h/\0", 10)) == "none");
}

TEST_CASE("every scheme has its port", "[wire]") {
  struct Row {
    std::string_view scheme;
    std::uint16_t port;
  };
  for (const Row& row : {Row{"http", 80},
                         {"HTTPS", 443},
                         {"ws", 80},
                         {"wss", 443},
                         {"h2c", 80},
                         {"h2", 443},
                         {"ajp", 8009},
                         {"fcgi", 8000},
                         {"scgi", 4000},
                         {"ftp", 21},
                         {"uwsgi", 3031}}) {
    CHECK(default_port(row.scheme) == row.port);
  }
  CHECK_FALSE(default_port("balancer"));
  CHECK_FALSE(default_port(""));
}

TEST_CASE("a port is a number from 1 to 65535", "[wire]") {
  CHECK(port_number("1") == 1);
  CHECK(port_number("0080") == 80);
  CHECK(port_number("65535") == 65535);
  for (const std::string_view text : {"", "0", "65536", "-1", "+1", "80x", " 80", "0x50", "$1"})
    CHECK_FALSE(port_number(text));
}

TEST_CASE("an IPv6 address is put in brackets", "[wire]") {
  std::string out = "Host: ";
  append_authority(out, "::1", "8080");
  append_authority(out, "h", "");
  CHECK(out == "Host: [::1]:8080h");
}

TEST_CASE("hosts are compared without case", "[wire]") {
  CHECK(same_host("Example.ORG", "example.org"));
  CHECK_FALSE(same_host("example.org", "example.org."));
  CHECK(lower_cased("HTTP://\xc4") == "http://\xc4");
}

TEST_CASE("blanks and control characters are found", "[wire]") {
  for (int c = 0; c < 256; ++c) {
    const char text[] = {'a', static_cast<char>(c), 'b'};
    CHECK(has_ctl_or_space({text, 3}) == (c <= 0x20 || c == 0x7f));
  }
}

TEST_CASE("a path is written with upper-case hex, all but a few characters encoded", "[wire]") {
  CHECK(canonical("/a b\xe4") == "/a%20b%E4");
  CHECK(canonical("/~$-_.+!*'(),;:@&=") == "/~$-_.+!*'(),;:@&=");
  CHECK(canonical("/\"#%<>?[\\]^`{|}") == "/%22%23%25%3C%3E%3F%5B%5C%5D%5E%60%7B%7C%7D");
  CHECK(canonical("/\r\n\x7f") == "/%0D%0A%7F");
  CHECK(canonical(std::string_view("/\0", 2)) == "/%00");
  CHECK(canonical("/\xc3\xa4") == "/%C3%A4");
}

TEST_CASE("a path is canonical if encoding it changes nothing, whatever the slashes", "[wire]") {
  for (int c = 0; c < 256; ++c) {
    const std::string path = std::string("/a") + static_cast<char>(c) + "2fb";
    INFO(c);
    CHECK(is_canonical_path(path) == (canonical(path) == path));
  }
  CHECK(is_canonical_path(""));
  CHECK_FALSE(is_canonical_path("/a%2Fb"));
}

TEST_CASE("an encoded slash that was kept goes out as it came, any other percent sign encoded", "[wire]") {
  CHECK(canonical("/a%2f%2Fb", EncodedSlashes::Kept) == "/a%2f%2Fb");
  CHECK(canonical("/a%2eb%41%2%", EncodedSlashes::Kept) == "/a%252eb%2541%252%25");
  CHECK(canonical("/a%2fb", EncodedSlashes::Decoded) == "/a%252fb");
}

TEST_CASE("what was encoded decodes to the same", "[wire]") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  CHECK(decode(canonical(all)) == all);
  CHECK(decode("%41%6a%6A") == "Ajj");
  for (const std::string_view text : {"%", "%4", "%zz", "%4g", "a%"}) CHECK_FALSE(decode(text));
}

TEST_CASE("a URL is shown without its password", "[wire]") {
  CHECK(without_password("http://me:secret@host:8080/x") == "http://me@host:8080/x");
  CHECK(without_password("http://me@host/") == "http://me@host/");
  CHECK(without_password("http://host:8080/a:b@c") == "http://host:8080/a:b@c");
  CHECK(without_password("unix:/s|http://me:secret@host/") == "unix:/s|http://me@host/");
  CHECK(without_password("balancer://b/").ends_with("b/"));
  CHECK(without_password("").empty());
}
