"""What is measured. A scenario says what the clients ask for and how the proxy is set up, the same for every proxy."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    name: str
    says: str
    clients: int = 32
    path: str = "/13"       # see origin.cpp
    body: int = 0           # bytes of a POST; 0: GET
    close: bool = False     # a connection for each request
    tls: bool = False       # towards the clients
    members: int = 0        # of a balancer; 0: a plain ProxyPass
    events: bool = False    # event streams instead of requests
    tunnels: int = 0        # WebSockets that are held meanwhile
    seconds: float = 0      # at least; to connect thousands of clients takes a good part of a short measurement
    lean: bool = False      # httpd with the modules that a proxy cannot do without, not with Debian's usual ones
    backend: str = "http"   # how the proxy speaks to backends: http, https, h2c or h2
    fronted: bool = False   # http, too, to the nginx in front of the origin, as all others
    anew: str = ""          # "full" or "resumed": a connection to the backend for each request, with such a handshake
    single: bool = False    # one process with one reactor or thread: all requests meet there
    warmup: float = 1       # seconds before the measurement, so that processes and connections are there

    @property
    def threads(self):
        return min(2, self.clients)

    @property
    def at_origin(self):
        """Whether the proxy asks the origin itself."""
        return self.backend == "http" and not self.fronted

    @property
    def kind(self):
        """Of the port that it asks otherwise, see terminator.py."""
        return f"{self.backend}-{self.anew}" if self.anew else self.backend


def in_words(clients):
    return f"{clients} client{'' if clients == 1 else 's'}"


TO_BACKEND = {"https": "TLS", "h2c": "HTTP/2"}


ALL = {scenario.name: scenario for scenario in [
    Scenario("clients1", "1 client, keep-alive, 13 bytes", clients=1),
    Scenario("clients32", "32 clients, keep-alive, 13 bytes"),
    Scenario("clients256", "256 clients, keep-alive, 13 bytes", clients=256),
    Scenario("lean32", "as clients32, httpd without Debian's usual modules", lean=True),
    Scenario("lean256", "as clients256, httpd without Debian's usual modules", clients=256, lean=True),
    Scenario("close32", "32 clients, a connection for each request, 13 bytes", close=True),
    Scenario("leanclose32", "as close32, httpd without Debian's usual modules", close=True, lean=True),
    Scenario("body64k", "32 clients, answers of 64 KiB", path="/64k"),
    Scenario("body16m", "8 clients, answers of 16 MiB", clients=8, path="/16m"),
    Scenario("post16k", "32 clients, POST of 16 KiB, answers of 13 bytes", body=16 << 10),
    Scenario("tls32", "32 TLS 1.3 clients, keep-alive, 13 bytes", tls=True),
    Scenario("slow2000", "2000 clients, backends that answer after 10 to 300 ms", clients=2000, path="/delay",
             warmup=4, seconds=20),
    Scenario("tunnels2000", "as clients32, while 2000 other clients hold a WebSocket", tunnels=2000),
    Scenario("balancer2", "32 clients, a balancer of 2 members, 13 bytes", members=2),
    Scenario("balancer32", "32 clients, a balancer of 32 members, 13 bytes", members=32),
    Scenario("balancer256", "32 clients, a balancer of 256 members, 13 bytes", members=256),
    Scenario("http-32", "32 clients, HTTP/1.1 to the same nginx as the h2c scenarios, 13 bytes", fronted=True),
    *(Scenario(f"{scheme}-{clients}", f"{in_words(clients)}, {protocol} to the backend, 13 bytes",
               clients=clients, backend=scheme)
      for scheme, protocol in TO_BACKEND.items() for clients in (1, 32, 256)),
    *(Scenario(f"{scheme}-64k{more}", f"{in_words(clients)}, {protocol} to the backend, answers of 64 KiB",
               clients=clients, path="/64k", backend=scheme)
      for scheme, protocol in TO_BACKEND.items() for clients, more in ((1, "-1"), (32, ""), (256, "-256"))),
    Scenario("https-full", "32 clients, a TLS handshake with the backend for each request", backend="https", anew="full"),
    Scenario("https-resumed", "as https-full, and the backend remembers sessions", backend="https", anew="resumed"),
    Scenario("events500", "500 event streams, an event a second on each", clients=500, path="/events", events=True,
             warmup=4),
]}
