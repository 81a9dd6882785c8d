"""Does with WebSockets what lines of JSON on stdin say, one after the other or, with --at-once, together, and prints a line of
JSON for each:

  {"url": ..., "headers": [[name, value], ...], "ca": FILE, "do": [[WHAT, ARGUMENT], ...]}

What can be done, and what is told of it in "told":

  echo SIZE     a message of so many bytes: "same" when it comes back as it went
  text TEXT     the same in text
  pieces COUNT  a message of COUNT fragments of 500 bytes
  ping          "pong" when it comes
  receive       the message
  gather SIZE   "all" when so many bytes have come
  say TEXT      sends it only
  closed        the code and reason with which the other side closes
  wait FILE     until it is there
  make FILE     lets it be there
  meet COUNT    until so many of those at once have come to this
  pause SECONDS

"status" is the answer's, "headers" those of it, by their lower-case names; "error" what went wrong.
"""
import asyncio
import json
import os
import ssl
import sys
import websockets

BLOCK = bytes((i * 131 + i // 251) % 256 for i in range(1 << 20))


async def same(connection, message, sent=None):
    await connection.send(message if sent is None else sent)
    return 'same' if await connection.recv() == message else 'another'


async def gather(connection, size):
    got = 0
    while got < size:
        got += len(await connection.recv())
        await asyncio.sleep(0)
    return 'all' if got == size else got


met = 0


async def meet(count):
    global met
    met += 1
    while met < count:
        await asyncio.sleep(0.01)
    return 'met'


async def until_there(path):
    while not os.path.exists(path):
        await asyncio.sleep(0.01)
    return 'there'


async def closed(connection):
    try:
        while True:
            await connection.recv()
    except websockets.ConnectionClosed as end:
        return [end.rcvd.code, end.rcvd.reason] if end.rcvd else ['broken', '']


async def do(connection, what, argument=None):
    if what == 'echo':
        return await same(connection, (BLOCK * (argument // len(BLOCK) + 1))[:argument])
    if what == 'text':
        return await same(connection, argument)
    if what == 'pieces':
        pieces = [BLOCK[i:i + 500] for i in range(argument)]
        return await same(connection, b''.join(pieces), pieces)
    if what == 'ping':
        await (await connection.ping())
        return 'pong'
    if what == 'receive':
        return await connection.recv()
    if what == 'gather':
        return await gather(connection, argument)
    if what == 'say':
        return await connection.send(argument)
    if what == 'closed':
        return await closed(connection)
    if what == 'meet':
        return await meet(argument)
    if what == 'make':
        return open(argument, 'w').close()
    if what == 'wait':
        return await until_there(argument)
    return await asyncio.sleep(argument)


async def run(job):
    result = {'told': []}
    options = {'extra_headers': job.get('headers', []), 'max_size': None, 'compression': None, 'ping_interval': None}
    if job.get('ca'):
        options['ssl'] = ssl.create_default_context(cafile=job['ca'])
        options['server_hostname'] = job.get('name', 'localhost')
    try:
        async with asyncio.timeout(60) if hasattr(asyncio, 'timeout') else Nothing():
            async with websockets.connect(job['url'], **options) as connection:
                result['status'] = 101
                result['headers'] = {name.lower(): value for name, value in connection.response_headers.raw_items()}
                for step in job['do']:
                    result['told'].append(await do(connection, *step))
    except websockets.InvalidStatusCode as error:
        result['status'] = error.status_code
        result['headers'] = {name.lower(): value for name, value in error.headers.raw_items()}
    except Exception as error:
        result['error'] = f'{type(error).__name__}: {error}'
    return result


class Nothing:
    async def __aenter__(self):
        pass

    async def __aexit__(self, *error):
        pass


async def main():
    jobs = [json.loads(line) for line in sys.stdin]
    if '--at-once' in sys.argv:
        results = await asyncio.gather(*map(run, jobs))
    else:
        results = [await run(job) for job in jobs]
    for result in results:
        print(json.dumps(result))


asyncio.run(main())
