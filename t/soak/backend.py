"""The backend of the soak: one asyncio process that says its port and answers by the path it is asked for.

/quick/...  at once      /slow/MS     after so long        /large/N     N bytes        /chunked/N   the same in chunks
/up         length and crc of the body                     /events/N    N events, ten a second
/404        not found    /close       and closes           /reset       reset instead of an answer
/cut        reset in the middle of an answer
"""
import asyncio
import os
import signal
import socket
import struct
import zlib

BLOCK = bytes(range(32, 127)) * 700  # 66500 bytes


def body_of(size):
    return (BLOCK * (size // len(BLOCK) + 1))[:size]


def reset(writer):
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def read_body(reader, head):
    fields = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    length, crc = 0, 0
    if fields.get(b"expect"):
        return None
    if fields.get(b"transfer-encoding", b"").lower().endswith(b"chunked"):
        while True:
            size = int((await reader.readline()).split(b";")[0], 16)
            if size == 0:
                while (await reader.readline()) not in (b"\r\n", b""):
                    pass
                return length, crc
            piece = await reader.readexactly(size)
            length, crc = length + size, zlib.crc32(piece, crc)
            await reader.readexactly(2)
    left = int(fields.get(b"content-length", b"0"))
    while left:
        piece = await reader.read(min(left, 65536))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        left, length, crc = left - len(piece), length + len(piece), zlib.crc32(piece, crc)
    return length, crc


async def answer(writer, body, status=b"200 OK", more=b""):
    writer.write(b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\n%sContent-Length: %d\r\n\r\n" % (status, more, len(body)))
    writer.write(body)
    await writer.drain()


async def serve_one(reader, writer):
    """One request; False when the connection ends."""
    head = await reader.readuntil(b"\r\n\r\n")
    path = head.split(b" ")[1]
    length, crc = await read_body(reader, head)
    parts = path.split(b"/")
    what, number = parts[1], int(parts[2]) if len(parts) > 2 and parts[2].isdigit() else 0
    if what == b"slow":
        await asyncio.sleep(number / 1000)
        await answer(writer, b"slow %s" % path)
    elif what == b"large":
        await answer(writer, body_of(number))
    elif what == b"chunked":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
        body = body_of(number)
        for at in range(0, number, 7000):
            piece = body[at:at + 7000]
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
    elif what == b"up":
        await answer(writer, b"%d %d" % (length, crc))
    elif what == b"events":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for n in range(number):
            event = b"data: %d\n\n" % n
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.write(b"0\r\n\r\n")
    elif what == b"404":
        await answer(writer, b"nothing", b"404 Not Found")
    elif what == b"close":
        await answer(writer, b"closing", more=b"Connection: close\r\n")
        return False
    elif what == b"reset":
        reset(writer)
        return False
    elif what == b"cut":
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + BLOCK[:5000])
        await writer.drain()
        reset(writer)
        return False
    else:
        await answer(writer, b"quick %s" % path)
    return True


async def serve(reader, writer):
    try:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while await serve_one(reader, writer):
            pass
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096, limit=1 << 17)
    print(server.sockets[0].getsockname()[1], flush=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    os._exit(0)


asyncio.run(main())
