"""The clients of the soak: many of several kinds in one asyncio process, until a file appears.

    clients.py GROUP PORT TLS_PORT DIR

Writes DIR/GROUP.failures, a JSON object a line (when, kind, what), and every second DIR/GROUP.counts, how often each kind
succeeded. A request on a connection that was used before may be sent once more on a fresh one when not a byte of an answer
came: the server has closed the connection while nothing was under way. Everything else that is not the answer is a failure.
"""
import asyncio
import json
import os
import random
import socket
import ssl
import struct
import sys
import time
import zlib

GROUP, PORT, TLS_PORT, DIR = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
BLOCK = bytes(range(32, 127)) * 700
LIMIT = 90  # seconds anything may take

counts = {}
failures = open(f"{DIR}/{GROUP}.failures", "a", buffering=1)
tls = ssl.create_default_context()
tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE


class Nothing(Exception):
    """The server closed without a byte of an answer."""


class Wrong(Exception):
    pass


def body_of(size):
    return (BLOCK * (size // len(BLOCK) + 1))[:size]


def done(kind):
    counts[kind] = counts.get(kind, 0) + 1


class Connection:
    def __init__(self, secure=False):
        self.secure, self.used, self.reader, self.writer = secure, 0, None, None

    async def open(self, **option):
        await self.close()
        self.used = 0
        if self.secure:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", TLS_PORT, ssl=tls, **option)
        else:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", PORT, **option)

    async def close(self):
        if self.writer:
            self.writer.close()
            self.writer = None

    def reset(self):
        raw = self.writer.get_extra_info("socket")
        if raw:  # else the server was first
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        self.writer = None

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def head(self):
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial == b"":
                raise Nothing("closed") from None
            raise Wrong(f"half a head: {error.partial[:100]!r}") from None
        except ConnectionError as error:
            raise Nothing(str(error)) from None
        lines = head.decode("latin-1").split("\r\n")
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        return int(lines[0].split(" ")[1]), fields

    async def pieces(self, fields, pace=None):
        """The body, piece by piece."""
        try:
            if fields.get("transfer-encoding") == "chunked":
                while size := int(await self.reader.readline() or b"-1", 16):
                    if size < 0:
                        raise Wrong("cut between chunks")
                    yield await self.reader.readexactly(size)
                    await self.reader.readexactly(2)
                await self.reader.readexactly(2)
            elif "content-length" in fields:
                left = int(fields["content-length"])
                while left:
                    if pace:
                        await asyncio.sleep(pace)
                    piece = await self.reader.read(min(left, 65536))
                    if not piece:
                        raise Wrong(f"cut, {left} bytes missing")
                    left -= len(piece)
                    yield piece
            else:
                while piece := await self.reader.read(65536):
                    yield piece
        except asyncio.IncompleteReadError:
            raise Wrong("cut in a chunk") from None
        except ConnectionError as error:
            raise Wrong(f"cut: {error}") from None

    async def answer(self, pace=None):
        status, fields = await self.head()
        body = b"".join([piece async for piece in self.pieces(fields, pace)])
        self.used += 1
        if fields.get("connection", "").lower() == "close":
            await self.close()
        return status, body

    async def request(self, bytes_, pace=None):
        """Status and body; once more if the connection had been closed while idle."""
        for attempt in (1, 2):
            used = self.used if self.writer else 0
            try:
                if not self.writer:
                    await self.open()
                try:
                    await self.send(bytes_)
                except ConnectionError:
                    pass  # an answer may be there all the same
                return await self.answer(pace)
            except Nothing as nothing:
                await self.close()
                if not used or attempt == 2:
                    raise Wrong(f"no answer ({nothing}), {used} requests before it on its connection") from None
                done("sent again")


def get(path, more=""):
    return f"GET {path} HTTP/1.1\r\nHost: soak.test\r\n{more}\r\n".encode()


def expect(seen, status, body=None):
    if seen[0] != status:
        raise Wrong(f"{seen[0]} for {status}")
    if body is not None and seen[1] != body:
        raise Wrong(f"wrong body: {seen[1][:60]!r}, {len(seen[1])} bytes for {len(body)}")


serial = 0


def fresh(prefix):
    global serial
    serial += 1
    return f"{prefix}/{GROUP}{serial}"


async def opened(c, used=1.0):
    """A fresh connection, used for a request before with this probability. False if that one has closed it."""
    await c.open()
    if random.random() < used:
        expect(await c.request(get("/quick/before")), 200)
    return c.writer is not None


async def keep_alive(c):
    path = fresh("/quick")
    expect(await c.request(get(path)), 200, b"quick " + path.encode())
    await asyncio.sleep(random.expovariate(40))


async def one_each(c):
    await c.close()
    path = fresh("/quick")
    expect(await c.request(get(path, random.choice(["", "Connection: close\r\n"]))), 200, b"quick " + path.encode())
    await c.close()
    await asyncio.sleep(0.02)


async def slow(c):
    path = fresh(f"/slow/{random.choice([10, 50, 300, 1000, 3000])}")
    expect(await c.request(get(path)), 200, b"slow " + path.encode())


async def files(c):
    expect(await c.request(get("/static/file.txt")), 200, b"a static file\n")
    expect(await c.request(get("/404")), 404, b"nothing")
    expect(await c.request(get("/static/missing")), 404)
    expect(await c.request(get("/close")), 200, b"closing")
    await asyncio.sleep(0.1)


async def pipelined(c):
    if (not c.writer or c.used > 90) and not await opened(c):
        return
    paths = [fresh("/quick") for _ in range(8)]
    used = c.used
    try:
        await c.send(b"".join(get(path) for path in paths))
        for path in paths:
            expect(await c.answer(), 200, b"quick " + path.encode())
            if not c.writer:
                break  # the last one that this connection takes
    except (Nothing, ConnectionError):
        await c.close()
        done("pipelined, closed between" if c.used >= used else "pipelined, closed")
    await asyncio.sleep(0.1)


async def uploads(c):
    size = random.choice([10, 5000, 100_000, 1_000_000])
    body = body_of(size)
    said = b"%d %d" % (size, zlib.crc32(body))
    if random.random() < 0.5:
        head = b"POST /up HTTP/1.1\r\nHost: soak.test\r\nContent-Length: %d\r\n\r\n" % size
        whole = head + body
    else:
        whole = b"POST /up HTTP/1.1\r\nHost: soak.test\r\nTransfer-Encoding: chunked\r\n\r\n"
        whole += b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[i:i + 9000] for i in range(0, size, 9000)))
        whole += b"0\r\n\r\n"
    expect(await c.request(whole), 200, said)
    await asyncio.sleep(0.05)


async def stalled_uploads(c):
    """Half of it, a pause, the other half. On a fresh connection, so that there is nothing to send again."""
    if not await opened(c, used=0.5):
        return
    body = body_of(60_000)
    used = c.used
    try:
        await c.send(b"POST /up HTTP/1.1\r\nHost: soak.test\r\nContent-Length: 60000\r\n\r\n" + body[:30_000])
        await asyncio.sleep(random.uniform(0.5, 4))
        await c.send(body[30_000:])
    except ConnectionError:
        pass
    try:
        expect(await c.answer(), 200, b"60000 %d" % zlib.crc32(body))
    except Nothing as nothing:
        if not used:
            raise Wrong(f"no answer to a stalled upload ({nothing})") from None
        done("sent again")  # it would be


async def half_heads(c):
    if not await opened(c):
        return
    path = fresh("/quick")
    bytes_ = get(path, "X-Filler: " + "f" * random.randint(0, 3000) + "\r\n")
    cut = random.randint(1, len(bytes_) - 1)
    try:
        await c.send(bytes_[:cut])
        await asyncio.sleep(random.uniform(0.1, 4))
        await c.send(bytes_[cut:])
    except ConnectionError:
        pass
    try:
        expect(await c.answer(), 200, b"quick " + path.encode())
    except Nothing:
        done("half a head, closed")  # a restart may end a connection whose request is not there yet


async def aborts(c):
    """Goes away: in a head, an upload, while it waits, in an answer."""
    if not await opened(c, used=0.7):
        return
    try:
        await c.send(random.choice([
            b"GET /qui", get("/slow/2000"), get("/large/3000000"), get("/events/100"),
            b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + body_of(30_000),
            b"POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5000\r\nxx",
        ]))
        await asyncio.sleep(random.choice([0, 0.01, 0.3]))
    except ConnectionError:
        pass
    if random.random() < 0.5:
        c.reset()
    await c.close()
    await asyncio.sleep(0.1)


async def events(c):
    number = random.choice([20, 100, 250])
    if not await opened(c, used=0.5):
        return
    used = c.used
    try:
        await c.send(get(f"/events/{number}"))
        status, fields = await c.head()
    except (Nothing, ConnectionError) as error:
        if not used:
            raise Wrong(f"no answer to events ({error})") from None
        done("sent again")
        return
    if status != 200:
        raise Wrong(f"{status} for events")
    seen = 0
    async for piece in c.pieces(fields):
        for line in piece.split(b"\n\n"):
            if line and line != b"data: %d" % seen:
                raise Wrong(f"event {line!r} for {seen}")
            seen += line != b""
    if seen != number:
        raise Wrong(f"{seen} events of {number}")


async def large(c):
    size = random.choice([100_000, 3_000_000, 10_000_000])
    way = random.choice(["large", "chunked"])
    seen = await c.request(get(f"/{way}/{size}"), pace=random.choice([None, 0.002, 0.02]))
    expect(seen, 200)
    if len(seen[1]) != size or zlib.crc32(seen[1]) != zlib.crc32(body_of(size)):
        raise Wrong(f"{len(seen[1])} bytes of {size}, or others")
    await asyncio.sleep(0.3)


async def backend_resets(c):
    """The backend fails: the client must be told so."""
    seen = await c.request(get("/fails/reset/x"))
    expect(seen, 502)
    await c.close()
    try:
        seen = await c.request(get("/fails/cut/x"))
        raise Wrong(f"a cut answer looks whole: {seen[0]}, {len(seen[1])} bytes")
    except Wrong as wrong:
        if "cut" not in str(wrong) or "whole" in str(wrong):
            raise
    await c.close()
    await asyncio.sleep(0.2)


async def forever(kind, work, secure=False):
    connection = Connection(secure)
    while not os.path.exists(f"{DIR}/stop"):
        begin = time.time()
        try:
            await asyncio.wait_for(work(connection), LIMIT)
            done(kind)
            continue
        except (Wrong, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError) as error:
            what = str(error) or type(error).__name__
        except (asyncio.TimeoutError, TimeoutError):
            what = f"nothing for {LIMIT} s"
        except Exception as error:  # noqa: BLE001 - a fault of this program is a failure, too
            what = f"{type(error).__name__}: {error}"
        failures.write(json.dumps({"when": time.time(), "began": begin, "kind": kind, "what": what}) + "\n")
        await connection.close()
        await asyncio.sleep(0.2)
    await connection.close()


async def note_counts():
    while not os.path.exists(f"{DIR}/stop"):
        write_counts()
        await asyncio.sleep(1)


def write_counts():
    with open(f"{DIR}/{GROUP}.counts.new", "w") as file:
        json.dump(counts, file)
    os.replace(f"{DIR}/{GROUP}.counts.new", f"{DIR}/{GROUP}.counts")


GROUPS = {
    "pages": [("keep-alive", keep_alive, 20), ("one each", one_each, 3), ("slow backend", slow, 60),
              ("files", files, 4), ("pipelined", pipelined, 3)],
    "bodies": [("uploads", uploads, 6), ("stalled uploads", stalled_uploads, 20), ("half heads", half_heads, 20),
               ("aborts", aborts, 6), ("large", large, 6), ("backend resets", backend_resets, 2)],
    "streams": [("events", events, 30), ("tls keep-alive", keep_alive, 8), ("tls one each", one_each, 1),
                ("tls uploads", uploads, 2), ("tls large", large, 2), ("tls slow backend", slow, 10),
                ("tls half heads", half_heads, 5), ("tls aborts", aborts, 2)],
}


async def main():
    only = [kind for kind in os.environ.get("SOAK_KINDS", "").split(",") if kind]
    tasks = [forever(kind, work, kind.startswith("tls")) for kind, work, many in GROUPS[GROUP]
             if not only or kind in only for _ in range(many)]
    await asyncio.gather(note_counts(), *tasks)
    write_counts()


asyncio.run(main())
