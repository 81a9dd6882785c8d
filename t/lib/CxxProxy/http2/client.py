"""Requests over one HTTP/2 connection: client.py PORT, with a list of them as JSON on stdin; answers as JSON on stdout.
See CxxProxy/Http2Client.pm."""
import asyncio
import hashlib
import json
import os
import struct
import sys
from frames import Connection, PREFACE, RST_STREAM, pairs

REMEMBER = 1 << 16  # longer bodies are counted and digested only


class Client(Connection):
    def __init__(self, reader, writer):
        super().__init__(reader, writer)
        self.answers, self.done, self.marks = {}, {}, {}

    async def ask(self, number, request):
        answer = self.answers[number] = {'interim': [], 'fields': [], 'trailers': [], 'body': '', 'length': 0, 'ended': 'never'}
        answer['digest'] = hashlib.md5()
        done = self.done[number] = asyncio.Event()
        self.marks[number] = request.get('marks', [])  # files to touch, each when another frame of the body has come
        self.windows[number] = self.first_window
        if request.get('hold'):
            self.held.add(number)
        body = request.get('body')
        head = [(':method', request.get('method', 'GET' if body is None else 'POST')), (':scheme', 'http'),
                (':authority', request.get('host', 'proxy.test')), (':path', request.get('path', '/'))]
        trailers = request.get('trailers')
        self.put_fields(number, head + pairs(request.get('headers', [])), body is None and not trailers)
        if body is not None:
            data = b'x' * body['size'] if isinstance(body, dict) else body.encode('latin-1')
            await self.put_data(number, data, not trailers and not request.get('open'))
        if trailers:
            self.put_fields(number, pairs(trailers), True)
        await done.wait()

    def finish(self, number, how):
        if self.answers[number]['ended'] == 'never':
            self.answers[number]['ended'] = how
        self.done[number].set()

    def on_headers(self, number, fields, end):
        answer, status = self.answers[number], dict(fields).get(':status')
        flat = [part for field in fields for part in field if not field[0].startswith(':')]
        if status and status.startswith('1'):
            answer['interim'].append({'status': status, 'fields': flat})
        elif status:
            answer.update(status=status, fields=flat)
        else:
            answer['trailers'] = flat
        if end:
            self.finish(number, 'end')

    def on_data(self, number, data, end):
        answer = self.answers.get(number)
        if not answer:
            return
        answer['digest'].update(data)
        answer['length'] += len(data)
        if answer['length'] <= REMEMBER:
            answer['body'] += data.decode('latin-1')
        if data and self.marks[number]:
            open(self.marks[number].pop(0), 'w').close()
        if end:
            self.finish(number, 'end')

    def on_reset(self, number, code):
        if number in self.answers:
            self.finish(number, f'reset {code}')

    def end(self):
        super().end()
        for number in self.done:
            self.finish(number, 'closed')


async def main():
    requests = json.load(sys.stdin)
    reader, writer = await asyncio.open_connection('127.0.0.1', int(sys.argv[1]), limit=1 << 20)
    client = Client(reader, writer)
    writer.write(PREFACE)
    client.greet({})
    reading = asyncio.ensure_future(client.read_frames())
    limit = float(os.environ.get('CXXPROXY_LIMIT', 30))
    numbers = [2 * i + 1 for i in range(len(requests))]
    work = [client.ask(number, request) for number, request in zip(numbers, requests)]
    try:
        if '--in-turn' in sys.argv:
            for one in work:
                await asyncio.wait_for(one, limit)
        else:
            await asyncio.wait_for(asyncio.gather(*work), limit)
    except asyncio.TimeoutError:
        pass
    reading.cancel()
    for number in numbers:
        if number in client.answers:
            client.answers[number]['md5'] = client.answers[number].pop('digest').hexdigest()
    json.dump([client.answers.get(number, {'ended': 'never'}) for number in numbers], sys.stdout)
    writer.close()


asyncio.run(main())
