"""One measurement: a fresh proxy, a look whether it does the work, a warm-up, the clients."""
import http.client
import ssl
import statistics
import time
from dataclasses import dataclass, fields, replace

import loads
import processes
from proxies import ALL, Failed
from proxy import CIPHER

EXPECTED = {"/13": b"Hello, world\n", "/64k": b"x" * (64 << 10), "/16m": b"x" * (16 << 20), "/delay": b"Hello, world\n"}


@dataclass
class Figures:
    rate: float             # answers (or events) a second
    cpu: float              # seconds of CPU for each
    core: float             # share of one core in use
    memory: float           # bytes for each client connection
    p50: float
    p99: float
    errors: int
    streams: int            # that had an event
    backend_connections: float  # opened for each answer
    resumed: float          # share of the handshakes with the backend, where each request has one
    failed: int = 0         # rounds, of which nothing else is told

    @staticmethod
    def median(all_rounds):
        """Of each figure by itself; errors are summed up. None is a failed round, and what is left when all failed."""
        good = [one for one in all_rounds if one]
        if not good:
            return None
        def of(name):
            values = [value for one in good if (value := getattr(one, name)) is not None]
            return statistics.median(values) if values else None
        medians = Figures(**{field.name: of(field.name) for field in fields(Figures)})
        return replace(medians, errors=sum(one.errors for one in good), failed=len(all_rounds) - len(good))


class Meter(loads.Probe):
    def __init__(self, proxy):
        self._proxy = proxy
        self._idle = self._memory()
        self.memory = None

    def _memory(self):
        return processes.memory_bytes(self._proxy.pid) if self._proxy.pid else None

    def _cpu(self):
        return processes.cpu_seconds(self._proxy.pid) if self._proxy.pid else None

    def _handshakes(self):
        scenario = self._proxy.scenario
        return self._proxy.backend.handshakes(scenario.kind) if scenario.anew else (0, 0)

    def begin(self):
        self._handshakes_before = self._handshakes()
        self._accepted = self._proxy.backend.accepted()
        self._began = time.monotonic()
        self._cpu_before = self._cpu()

    def sample(self):
        if self._idle is not None:
            self.memory = self._memory() - self._idle

    def end(self):
        self.cpu = self._cpu() - self._cpu_before if self._proxy.pid else None
        self.took = time.monotonic() - self._began
        self.backend_connections = self._proxy.backend.accepted() - self._accepted
        self.handshakes, self.resumed = (now - before for now, before in zip(self._handshakes(), self._handshakes_before))


def started(name, workshop, scenario):
    """The proxy, running and found to do what it is asked for."""
    proxy = ALL[name](workshop, scenario)
    try:
        proxy.start()
        check(proxy)
    except BaseException:
        if proxy.process:
            proxy.stop()
        raise
    return proxy


def measure(name, workshop, scenario, seconds):
    """Figures and the clients' remarks."""
    proxy = started(name, workshop, scenario)
    try:
        time.sleep(0.5)  # until all of its children are up, and asleep
        meter = Meter(proxy)
        load = loads.run(scenario, proxy, seconds, meter)
        if proxy.process and (proxy.crashes() or not proxy.process.is_running()):
            raise Failed(f"{name} crashed: {proxy.log()}")
        if not load.requests:
            raise Failed(f"{name} answered nothing: {load.detail}; {proxy.log()}")
        if scenario.anew:
            expect_handshakes(proxy, load, meter)
    except OSError as problem:
        raise Failed(f"{name}: {problem!r}; {proxy.log()}") from problem
    finally:
        if proxy.process:
            proxy.stop()
    return figures(scenario, load, meter), load.detail


def figures(scenario, load, meter):
    requests = load.requests
    served = scenario.clients - load.errors if scenario.events else scenario.tunnels or scenario.clients
    return Figures(
        rate=load.requests / load.seconds,
        cpu=meter.cpu / requests if meter.cpu is not None else None,
        core=meter.cpu / meter.took if meter.cpu is not None else None,
        memory=meter.memory / served if meter.memory is not None else None,
        p50=load.p50, p99=load.p99, errors=load.errors, streams=served,
        backend_connections=meter.backend_connections / requests,
        resumed=meter.resumed / meter.handshakes if scenario.anew else None)


# --- does it do the work? -------------------------------------------------------------------------------------------

def check(proxy):
    """A few requests on one connection: right bodies, kept connections, X-Forwarded-For, the agreed cipher."""
    scenario = proxy.scenario
    connection = connect(proxy)
    try:
        if not scenario.events:
            for _ in range(2):
                expect_body(proxy, connection)
            expect_same_connection(proxy, connection)
        expect_forwarded(proxy, connection)
        if scenario.events:
            expect_event(proxy, connection)
    except (OSError, http.client.HTTPException) as problem:
        raise Failed(f"{proxy.name} does not answer: {problem!r}; {proxy.log()}") from problem
    finally:
        connection.close()


def connect(proxy):
    if not proxy.scenario.tls:
        return http.client.HTTPConnection(processes.CLIENTS_HOST, proxy.port, timeout=10)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(processes.CLIENTS_HOST, proxy.port, timeout=10, context=context)
    connection.connect()
    if connection.sock.cipher()[0] != CIPHER:
        raise Failed(f"{proxy.name} chose {connection.sock.cipher()}")
    return connection


def ask(connection, path, body=None):
    connection.request("POST" if body else "GET", path, body=body)
    return connection.getresponse()


def expect_body(proxy, connection):
    scenario = proxy.scenario
    response = ask(connection, scenario.path, b"x" * scenario.body)
    body = response.read()
    if response.status != 200 or body != EXPECTED[scenario.path]:
        raise Failed(f"{proxy.name} answers {scenario.path} with {response.status} and {body[:200]!r}; {proxy.log()}")


def expect_same_connection(proxy, connection):
    before = connection.sock
    expect_body(proxy, connection)
    if connection.sock is not before:
        raise Failed(f"{proxy.name} does not keep the client's connection")


def expect_forwarded(proxy, connection):
    """The origin answers unknown paths with the head it got."""
    head = ask(connection, "/head").read().decode().lower()
    if proxy.process and "x-forwarded-for: 127.0.0.1" not in head:
        raise Failed(f"{proxy.name} adds no X-Forwarded-For: {head}")
    if proxy.scenario.at_origin and ("connection: close" in head or " http/1.1\r\n" not in head):
        raise Failed(f"{proxy.name} does not keep connections to backends: {head}")


def expect_handshakes(proxy, load, meter):
    """One for each request, and of the kind that is measured. Some have nothing to resume: the first, and many at once."""
    if meter.backend_connections < load.requests - load.errors or not meter.handshakes:
        raise Failed(f"{proxy.name} keeps connections: {load.requests} answers, {meter.backend_connections} connections, "
                     f"{meter.handshakes} requests seen by the backend")
    if proxy.scenario.anew == "full" and meter.resumed:
        raise Failed(f"{proxy.name} resumed {meter.resumed} of {meter.handshakes} sessions")
    if proxy.scenario.anew == "resumed" and proxy.resumes and meter.resumed < meter.handshakes / 2:
        raise Failed(f"{proxy.name} resumed only {meter.resumed} of {meter.handshakes} sessions")


def expect_event(proxy, connection):
    response = ask(connection, proxy.scenario.path)
    if response.readline() != b"data: event\n":
        raise Failed(f"{proxy.name} passes no events on")
