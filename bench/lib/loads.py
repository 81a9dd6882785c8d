"""The clients: wrk for requests, a reader of our own for event streams."""
import re
import select
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from processes import CLIENTS_HOST
from proxy import Failed

SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass
class Load:
    """What the clients saw."""
    requests: int           # answers, or events
    seconds: float
    p50: float = None       # seconds
    p99: float = None
    errors: int = 0         # sockets, timeouts, bad statuses; or streams without an event
    detail: str = ""


class Probe:
    """Whoever watches the proxy while clients are at work: called at the begin, at two thirds and at the end."""

    def begin(self): pass

    def sample(self): pass

    def end(self): pass


class WithoutSample(Probe):
    """For whom it was taken before."""

    def __init__(self, probe):
        self.begin, self.end = probe.begin, probe.end


def run(scenario, proxy, seconds, probe, warmup=None):
    warmup = scenario.warmup if warmup is None else warmup
    how = run_streams if scenario.events else run_beside_tunnels if scenario.tunnels else run_wrk
    return how(scenario, proxy, warmup, seconds, probe)


# --- requests -------------------------------------------------------------------------------------------------------

def run_wrk(scenario, proxy, warmup, seconds, probe):
    if warmup:
        _wrk(scenario, proxy, warmup)
    probe.begin()
    load = _wrk(scenario, proxy, seconds, probe.sample)
    probe.end()
    return load


def _wrk(scenario, proxy, seconds, sample=None):
    seconds = max(1, round(seconds))
    command = ["wrk", f"-t{scenario.threads}", f"-c{scenario.clients}", f"-d{seconds}s", "--timeout", "10s",
               "-s", SCRIPT, proxy.url, "--", "POST" if scenario.body else "GET", str(scenario.body),
               "close" if scenario.close else "keep"]
    wrk = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        if sample:
            time.sleep(seconds * 2 / 3)
            sample()
        said = wrk.communicate()[0]
    finally:
        wrk.kill()
    result = {key: int(value) for key, value in re.findall(r"(\w+)=(-?\d+)", said[said.find("RESULT"):])}
    if "requests" not in result:
        raise Failed(f"wrk: {said}")
    errors = {key: result[key] for key in ("connect", "read", "write", "timeout", "status") if result[key]}
    return Load(result["requests"], result["us"] / 1e6, result["p50_us"] / 1e6, result["p99_us"] / 1e6,
                sum(errors.values()), ", ".join(f"{key} {count}" for key, count in errors.items()))


# --- tunnels --------------------------------------------------------------------------------------------------------

WORD = b"\x81\x85mask\x05\x04\x1f\x07\x02"  # "hello", as a client says it


class Tunnels:
    """WebSockets that say a word when they begin and another when all is over."""

    def __init__(self, count, port):
        self._port = port
        self._sockets = []
        try:
            for _ in range(count):
                self._open()
        except OSError as problem:
            self.close()
            raise Failed(f"{len(self._sockets)} of {count} tunnels: {problem!r}") from problem

    def _open(self):
        tunnel = socket.create_connection((CLIENTS_HOST, self._port), 30)
        self._sockets.append(tunnel)
        tunnel.sendall(f"GET /tunnel HTTP/1.1\r\nHost: {CLIENTS_HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (more := tunnel.recv(4096)):
                raise Failed(f"no tunnel: {head!r}")
            head += more
        if not head.startswith(b"HTTP/1.1 101 "):
            raise Failed(f"no tunnel: {head!r}")
        if not self._echoes(tunnel):
            raise Failed("a tunnel that carries nothing")

    @staticmethod
    def _echoes(tunnel):
        try:
            tunnel.sendall(WORD)
            heard = b""
            while len(heard) < len(WORD) and (more := tunnel.recv(4096)):
                heard += more
            return heard == WORD
        except OSError:
            return False

    def lost(self):
        return sum(not self._echoes(tunnel) for tunnel in self._sockets)

    def close(self):
        for tunnel in self._sockets:
            tunnel.close()


def run_beside_tunnels(scenario, proxy, warmup, seconds, probe):
    tunnels = Tunnels(scenario.tunnels, proxy.port)
    try:
        time.sleep(1)  # what was needed to open them is given back
        probe.sample()
        load = run_wrk(scenario, proxy, warmup, seconds, WithoutSample(probe))
        lost = tunnels.lost()
    finally:
        tunnels.close()
    load.errors += lost
    load.detail += f" {lost} tunnels lost" if lost else ""
    return load


# --- event streams --------------------------------------------------------------------------------------------------

class Streams:
    """Clients that ask for events once and read them for ever."""

    def __init__(self, scenario, port):
        request = f"GET {scenario.path} HTTP/1.1\r\nHost: {CLIENTS_HOST}\r\n\r\n".encode()
        self.events = {}    # by descriptor: how many came
        self.closed = 0
        self._epoll = select.epoll()
        self._sockets = {}
        for _ in range(scenario.clients):
            client = socket.create_connection((CLIENTS_HOST, port), 10)
            client.sendall(request)
            client.setblocking(False)
            self._sockets[client.fileno()] = client
            self._epoll.register(client, select.EPOLLIN)
        self.forget()

    def forget(self):
        self.events = dict.fromkeys(self._sockets, 0)

    def read(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for fd, _ in self._epoll.poll(left):
                self._read_one(fd)

    def _read_one(self, fd):
        try:
            data = self._sockets[fd].recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        self.events[fd] += data.count(b"data: event")
        if not data:
            self.closed += 1
            self._epoll.unregister(fd)

    def close(self):
        for client in self._sockets.values():
            client.close()


def run_streams(scenario, proxy, warmup, seconds, probe):
    seconds = max(seconds, 2)  # so that every stream has its event
    streams = Streams(scenario, proxy.port)
    try:
        streams.read(warmup)
        streams.forget()
        begin = time.monotonic()
        probe.begin()
        streams.read(seconds * 2 / 3)
        probe.sample()
        streams.read(begin + seconds - time.monotonic())
        took = time.monotonic() - begin
        probe.end()
    finally:
        streams.close()
    silent = sum(not count for count in streams.events.values())
    detail = f"{silent} streams without an event, {streams.closed} closed" if silent or streams.closed else ""
    return Load(sum(streams.events.values()), took, errors=silent, detail=detail)
