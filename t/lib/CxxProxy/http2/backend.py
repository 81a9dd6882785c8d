"""A scripted HTTP/2 backend: backend.py LISTENING-DESCRIPTOR DIRECTORY SCRIPT.json. See CxxProxy/Http2Backend.pm."""
import asyncio
import hashlib
import json
import os
import socket
import ssl
import struct
import sys
from frames import (Connection, DATA, GOAWAY, HEADERS, PREFACE, PUSH_PROMISE, RST_STREAM, END_HEADERS, END_STREAM, frame, pairs)

listening, directory, script_file = int(sys.argv[1]), sys.argv[2], sys.argv[3]
with open(script_file, encoding='latin-1') as file:
    SCRIPT = json.load(file)
LOG = os.open(directory + '/events', os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
REMEMBER, RECORD = 1 << 20, 4096  # bodies beyond that are counted and digested, but not echoed, or not recorded
done_once, open_streams, all_connections = set(), 0, 0


def record(**event):
    os.write(LOG, (json.dumps(event) + '\n').encode())


class Stream:
    def __init__(self, connection, number, fields):
        self.connection, self.number, self.fields = connection, number, fields
        self.id = f'{connection.number}.{os.getpid()}.{number}'
        self.path = dict(fields).get(':path', '')
        self.body, self.length, self.digest = bytearray(), 0, hashlib.md5()
        self.complete, self.answered, self.counted = asyncio.Event(), False, True

    def took(self, data):
        self.length += len(data)
        self.digest.update(data)
        if self.length <= REMEMBER:
            self.body += data

    def ended(self, trailers=()):
        self.complete.set()
        record(event='request', id=self.id, length=self.length, md5=self.digest.hexdigest(), complete=1, trailers=trailers,
               body=self.body[:RECORD].decode('latin-1'))


class Backend(Connection):
    def __init__(self, reader, writer, number):
        super().__init__(reader, writer)
        self.number, self.streams, self.tasks, self.last = number, {}, set(), 0

    async def serve(self):
        options = SCRIPT['options']
        if 'greeting' in options:  # something else than HTTP/2
            self.writer.write(options['greeting'].encode('latin-1'))
            await self.drain()
        try:
            if options.get('mute'):
                while await self.reader.read(65536):
                    pass
                return
            if await self.reader.readexactly(len(PREFACE)) != PREFACE:
                record(event='trouble', text='no preface', connection=self.number)
                return
        except (asyncio.IncompleteReadError, OSError):
            return
        self.greet(options.get('settings', {}))
        if 'begin' in options:
            self.spawn(self.play(Stream(self, 0, []), options['begin']))
        await self.read_frames()
        for task in list(self.tasks):
            task.cancel()

    def spawn(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def on_headers(self, number, fields, end):
        global open_streams
        stream = self.streams.get(number)
        if stream:  # trailers
            stream.ended([part for field in fields for part in field])
            return
        most = SCRIPT['options'].get('most')
        if most and self.open_here() >= most:
            record(event='refused', connection=self.number, stream=number)
            self.put(RST_STREAM, 0, number, struct.pack('>I', 7))
            return
        stream = self.streams[number] = Stream(self, number, fields)
        self.last = number
        self.windows[number] = self.first_window
        open_streams += 1
        head = ''.join(f'{name}: {value}\r\n' for name, value in fields) + '\r\n'
        record(event='request', id=stream.id, connection=self.number, stream=number, head=head, path=stream.path,
               open=open_streams, open_here=self.open_here(), length=0, body='', complete=0)
        if end:
            stream.ended()
        self.spawn(self.answer(stream))

    def open_here(self):
        return sum(stream.counted for stream in self.streams.values())

    def on_data(self, number, data, end):
        stream = self.streams.get(number)
        if stream and not stream.complete.is_set():
            stream.took(data)
            if end:
                stream.ended()

    def on_reset(self, number, code):
        record(event='reset', connection=self.number, stream=number, code=code,
               path=self.streams[number].path if number in self.streams else None)
        if number in self.streams:
            self.close_stream(self.streams[number])

    def on_ping(self): record(event='ping', connection=self.number)
    def on_settings(self, values): record(event='settings', connection=self.number, values=values)

    def on_goaway(self, last, code, text):
        record(event='goaway', connection=self.number, last=last, code=code, text=text.decode('latin-1'))

    def close_stream(self, stream):
        global open_streams
        if stream.counted:
            stream.counted = False
            open_streams -= 1
        self.forget(stream.number)

    async def answer(self, stream):
        try:
            path = stream.path.split('?')[0]
            await self.play(stream, SCRIPT['paths'].get(path) or SCRIPT['paths'].get('*') or self.built_in(stream, path))
        except (OSError, asyncio.CancelledError):
            pass
        except Exception as trouble:  # a mistake of the test's author
            record(event='trouble', text=repr(trouble), connection=self.number)
            raise
        finally:
            self.close_stream(stream)

    def built_in(self, stream, path):
        words = path.split('/')
        if words[1:2] == ['size'] and len(words) > 2:
            return [['reply', 200, {'size': int(words[2])}]]
        if words[1:2] == ['status'] and len(words) > 2:
            return [['body'], ['reply', int(words[2]), '']]
        return [['echo']]

    async def play(self, stream, steps):
        for name, *words in steps:
            if name == 'once' or name == 'times':
                if name == 'times':
                    count, key, inner = words
                    used = {('times', key, i) for i in range(count)} - done_once
                else:
                    key, inner = words
                    used = {key} - done_once
                if used:
                    done_once.add(min(used, key=str))
                    await self.play(stream, inner)
                    return
                continue
            await getattr(self, 'do_' + name)(stream, *words)
            if self.over:
                return

    # --- steps ---

    async def do_body(self, stream):
        await stream.complete.wait()

    async def do_deaf(self, stream):
        self.deaf = True

    async def do_hold(self, stream):
        self.held.add(stream.number)

    async def do_echo(self, stream):
        await stream.complete.wait()
        head = ''.join(f'{name}: {value}\r\n' for name, value in stream.fields) + '\r\n'
        await self.do_reply(stream, 200, head + stream.body.decode('latin-1'), ['content-type', 'text/plain'])

    async def do_report(self, stream):
        await stream.complete.wait()
        await self.do_reply(stream, 200, f'{stream.length} {stream.digest.hexdigest()}')

    async def do_reply(self, stream, status, body='', fields=()):
        """A whole answer with its length: the body is text or { size }. No body where none may be."""
        data = self.data(body)
        none = dict(stream.fields).get(':method') == 'HEAD' or status in (204, 304)
        length = [] if status == 204 or (status == 304 and not data) else [('content-length', str(len(data)))]
        self.put_fields(stream.number, [(':status', str(status))] + pairs(fields) + length, none or not data)
        if data and not none:
            await self.put_data(stream.number, data, True)
        await self.drain()

    def data(self, body):
        if isinstance(body, dict):
            pattern = bytes(range(256)) * 64
            return (pattern * (body['size'] // len(pattern) + 1))[:body['size']]
        return body.encode('latin-1')

    async def do_head(self, stream, status, fields=(), end=False):
        self.put_fields(stream.number, [(':status', str(status))] + pairs(fields), end)
        await self.drain()

    async def do_fields(self, stream, fields, end=False):
        """A head as it is said, with :status or without."""
        self.put_fields(stream.number, pairs(fields), end)
        await self.drain()

    async def do_data(self, stream, body, end=False):
        await self.put_data(stream.number, self.data(body), end)

    async def do_end(self, stream):
        await self.put_data(stream.number, b'', True)

    async def do_trailers(self, stream, fields):
        self.put_fields(stream.number, pairs(fields), True)
        await self.drain()

    async def do_reset(self, stream, code=8):
        self.put(RST_STREAM, 0, stream.number, struct.pack('>I', code))
        await self.drain()

    async def do_goaway(self, stream, last='this', code=0, text=''):
        """last: 'this' stream, the one 'before' it, or a number."""
        number = {'this': stream.number, 'before': max(stream.number - 2, 0)}.get(last, last)
        self.put(GOAWAY, 0, 0, struct.pack('>II', number, code) + text.encode('latin-1'))
        await self.drain()

    async def do_push(self, stream, fields):
        self.put_fields(stream.number, pairs(fields), False, PUSH_PROMISE, struct.pack('>I', 2))
        await self.drain()

    async def do_frame(self, stream, kind, flags, where='this', payload='', count=1):
        number = stream.number if where == 'this' else where
        one = frame(kind, flags, number, payload.encode('latin-1'))
        while count > 0 and not self.over:
            some = min(count, 500)
            self.writer.write(one * some)
            count -= some
            await self.drain()

    async def do_bytes(self, stream, text):
        self.writer.write(text.encode('latin-1'))
        await self.drain()

    async def do_forever(self, stream, steps):
        while not self.over:
            await self.play(stream, steps)
            await asyncio.sleep(0)

    async def do_close(self, stream):
        self.writer.close()
        self.end()

    async def do_abort(self, stream):
        self.writer.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.writer.transport.abort()
        self.end()

    async def do_note(self, stream, text):
        record(event='note', text=text, connection=self.number)

    async def do_wait(self, stream, name='go'):
        """Until the test releases it."""
        while not os.path.exists(directory + '/' + name) and not self.over:
            await asyncio.sleep(0.01)

    async def do_pause(self, stream, seconds):
        await asyncio.sleep(seconds)

    async def do_never(self, stream):
        while not self.over:
            await asyncio.sleep(1)


async def accepted(reader, writer):
    global all_connections
    all_connections += 1
    number = all_connections
    record(event='open', connection=number, alpn=tls_protocol(writer))
    try:
        await Backend(reader, writer, number).serve()
    finally:
        writer.close()
        record(event='close', connection=number)


def tls_protocol(writer):
    tls = writer.get_extra_info('ssl_object')
    return tls.selected_alpn_protocol() if tls else None


async def main():
    global all_connections
    with open(directory + '/events', encoding='utf-8') as log:
        all_connections = sum('"event": "open"' in line for line in log)
    context = None
    if SCRIPT.get('tls'):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(SCRIPT['tls']['cert'], SCRIPT['tls']['key'])
        context.set_alpn_protocols(SCRIPT['tls'].get('alpn', ['h2']))
    server = await asyncio.start_server(accepted, sock=socket.socket(fileno=listening), ssl=context, limit=1 << 20)
    async with server:
        await server.serve_forever()


asyncio.run(main())
