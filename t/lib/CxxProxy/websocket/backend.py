"""A WebSocket server on any free port of 127.0.0.1, which it prints. Arguments: its name, and for wss:// a certificate and a
key. What it does with a connection, its path says:

  /echo         each message back, as it is
  /name         its name, then as /echo; Set-Cookie: route=.NAME
  /fragments    each message back in pieces of 1000
  /close/CODE   closes with that code at the first message
  /abort        breaks the connection off at the first message
  /ping         sends a PING for each message, and the message back when the PONG is there
  /flood/SIZE   sends so many bytes at once, in messages of 64 KiB
  /refuse       answers 403
  /codes        as JSON, with which codes those that are over were closed, in order; then it ends
"""
import asyncio
import http
import json
import logging
import ssl
import sys
import websockets

name = sys.argv[1]
logging.getLogger('websockets').setLevel(logging.CRITICAL)  # clients come and go as they like


codes = []
tasks = set()


async def serve(connection, path):
    if path.endswith('/codes'):
        return await connection.send(json.dumps(codes))
    tasks.add(asyncio.create_task(note_end(connection)))
    await talk(connection, path)


async def note_end(connection):
    await connection.wait_closed()
    codes.append(connection.close_code)
    tasks.discard(asyncio.current_task())


async def talk(connection, path):
    what, _, how = path.split('?')[0].strip('/').rpartition('ws/')[2].partition('/')
    if what == 'name':
        await connection.send(name)
    if what == 'flood':
        for begin in range(0, int(how), 65536):
            await connection.send(bytes(min(65536, int(how) - begin)))
        return
    async for message in connection:
        if what == 'fragments':
            await connection.send([message[at:at + 1000] for at in range(0, len(message), 1000)] or message)
        elif what == 'close':
            await connection.close(int(how), 'as asked')
        elif what == 'abort':
            connection.transport.abort()
        else:
            if what == 'ping':
                await (await connection.ping())
            await connection.send(message)


async def refuse(path, headers):
    return (http.HTTPStatus.FORBIDDEN, [('X-Why', 'refused')], b'no\n') if 'refuse' in path else None


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    async with websockets.serve(serve, '127.0.0.1', 0, ssl=context, process_request=refuse, max_size=None, compression=None,
                                ping_interval=None, subprotocols=['chat'],
                                extra_headers=[('Set-Cookie', f'route=.{name}; path=/')]) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
