"""HTTP/2 as either side of a test speaks it: whatever is asked for goes out, right or wrong."""
import asyncio
import struct
import hpack

(DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION) = range(10)
END_STREAM = ACK = 0x1
END_HEADERS, PADDED, WITH_PRIORITY = 0x4, 0x8, 0x20
PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
INITIAL_WINDOW, MAX_FRAME = 0x4, 0x5
GENEROUS = 1 << 24  # what a stream may send us before it hears from us


def frame(kind, flags, stream, payload=b''):
    return struct.pack('>I', len(payload))[1:] + struct.pack('>BBI', kind, flags, stream) + payload


def settings(values):
    return b''.join(struct.pack('>HI', int(key), value) for key, value in values.items())


def pairs(fields):
    """A flat list of names and values, as tests write them."""
    return [(str(fields[i]), str(fields[i + 1])) for i in range(0, len(fields), 2)]


class Connection:
    """What is common to both sides. A subclass has on_headers, on_data, on_reset, on_goaway, on_settings."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.decoder.max_header_list_size = 1 << 24
        self.window, self.first_window, self.windows = 65535, 65535, {}
        self.peer_frame = 16384
        self.held = set()  # streams whose bytes are not credited
        self.credits, self.credit = {}, 0
        self.changed = asyncio.Event()
        self.over = False
        self.deaf = False  # PINGs are not answered

    # --- out ---

    def put(self, kind, flags, stream, payload=b''):
        if not self.over:
            self.writer.write(frame(kind, flags, stream, payload))

    def greet(self, values):
        self.put(SETTINGS, 0, 0, settings({INITIAL_WINDOW: GENEROUS, **{int(key): value for key, value in values.items()}}))
        self.put(WINDOW_UPDATE, 0, 0, struct.pack('>I', GENEROUS * 4))

    def put_fields(self, stream, fields, end, kind=HEADERS, prefix=b''):
        block = prefix + self.encoder.encode(fields, huffman=False)
        flags = END_STREAM if end else 0
        first, rest = block[:self.peer_frame], block[self.peer_frame:]
        self.put(kind, flags | (0 if rest else END_HEADERS), stream, first)
        while rest:
            first, rest = rest[:self.peer_frame], rest[self.peer_frame:]
            self.put(CONTINUATION, 0 if rest else END_HEADERS, stream, first)

    async def put_data(self, stream, data, end):
        """As the other side's windows let it. False when the stream or the connection is over."""
        view, at = memoryview(data), 0
        while at < len(view) or end:
            if self.over or stream not in self.windows:
                return False
            room = min(self.window, self.windows[stream], self.peer_frame, len(view) - at)
            if room <= 0 and at < len(view):
                self.changed.clear()
                await self.changed.wait()
                continue
            last = end and at + room == len(view)
            self.put(DATA, END_STREAM if last else 0, stream, bytes(view[at:at + room]))
            self.window -= room
            self.windows[stream] -= room
            at += room
            await self.drain()
            if last:
                break
        return True

    async def drain(self):
        try:
            await self.writer.drain()
        except OSError:
            self.end()

    def end(self):
        self.over = True
        self.changed.set()

    def forget(self, stream):
        self.windows.pop(stream, None)
        self.changed.set()

    # --- in ---

    async def read_frames(self):
        try:
            while True:
                head = await self.reader.readexactly(9)
                length = int.from_bytes(head[:3], 'big')
                kind, flags, stream = struct.unpack('>BBI', head[3:])
                self.take(kind, flags, stream & 0x7fffffff, await self.reader.readexactly(length))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.end()

    def take(self, kind, flags, stream, payload):
        if kind == DATA:
            body = payload[1:len(payload) - payload[0]] if flags & PADDED else payload
            self.consume(stream, len(payload))
            self.on_data(stream, body, bool(flags & END_STREAM))
        elif kind == HEADERS:
            if flags & PADDED:
                payload = payload[1:len(payload) - payload[0]]
            if flags & WITH_PRIORITY:
                payload = payload[5:]
            self.block, self.block_ends = payload, bool(flags & END_STREAM)
            self.end_of_block(stream, flags)
        elif kind == CONTINUATION:
            self.block += payload
            self.end_of_block(stream, flags)
        elif kind == SETTINGS and not flags & ACK:
            values = {key: value for key, value in struct.iter_unpack('>HI', payload)}
            grown = values.get(INITIAL_WINDOW, self.first_window) - self.first_window
            self.first_window += grown
            self.windows = {one: window + grown for one, window in self.windows.items()}
            self.peer_frame = values.get(MAX_FRAME, self.peer_frame)
            self.on_settings(values)
            self.put(SETTINGS, ACK, 0)
            self.changed.set()
        elif kind == PING and not flags & ACK:
            self.on_ping()
            if not self.deaf:
                self.put(PING, ACK, 0, payload)
        elif kind == WINDOW_UPDATE:
            more = int.from_bytes(payload, 'big')
            if stream == 0:
                self.window += more
            elif stream in self.windows:
                self.windows[stream] += more
            self.changed.set()
        elif kind == RST_STREAM:
            self.forget(stream)
            self.on_reset(stream, int.from_bytes(payload, 'big'))
        elif kind == GOAWAY:
            self.on_goaway(*struct.unpack('>II', payload[:8]), payload[8:])

    def end_of_block(self, stream, flags):
        if flags & END_HEADERS:
            fields = self.decoder.decode(self.block, raw=True)
            self.on_headers(stream, [(name.decode('latin-1'), value.decode('latin-1')) for name, value in fields], self.block_ends)

    def consume(self, stream, size):
        """Credits what came, some of it at a time."""
        self.credit += size
        if self.credit >= GENEROUS // 2:
            self.put(WINDOW_UPDATE, 0, 0, struct.pack('>I', self.credit))
            self.credit = 0
        if stream in self.held:
            return
        waiting = self.credits[stream] = self.credits.get(stream, 0) + size
        if waiting >= 16384:
            self.put(WINDOW_UPDATE, 0, stream, struct.pack('>I', waiting))
            self.credits[stream] = 0

    def on_ping(self): pass
    def on_settings(self, values): pass
    def on_reset(self, stream, code): pass
    def on_goaway(self, last, code, text): pass
