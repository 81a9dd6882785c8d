"""grpc.health.v1.Health on any free port of 127.0.0.1, which it prints: health_server.py DIRECTORY [CERTIFICATE KEY]

Each service is a file of that directory with its status in it (SERVING, NOT_SERVING, ...); the server as a whole is the file
'all'. Other words in it: 'silence' (no answer), 'nonsense' (a message that is none), or the name of a status code of gRPC.
A service without a file is NOT_FOUND. The names asked for are lines of the file 'asked' beside the directory's others.
"""
import os
import sys
import threading
from concurrent import futures
import grpc

DIRECTORY = sys.argv[1]
STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']


def service_of(message):
    """HealthCheckRequest: field 1, a text."""
    return message[2:2 + message[1]].decode() if message else ''


def check(message, context):
    service = service_of(message)
    with open(f'{DIRECTORY}/asked', 'a') as asked:
        asked.write((service or 'all') + '\n')
    try:
        with open(f'{DIRECTORY}/{service or "all"}') as said:
            word = said.read().strip()
    except FileNotFoundError:
        context.abort(grpc.StatusCode.NOT_FOUND, 'unknown service')
    if word == 'silence':
        threading.Event().wait(10)
    if word == 'nonsense':
        return b'\xff\xff'
    if word not in STATUSES:
        context.abort(grpc.StatusCode[word], 'as told')
    number = STATUSES.index(word)
    return bytes([8, number]) if number else b''


class Health(grpc.GenericRpcHandler):
    def service(self, call):
        return grpc.unary_unary_rpc_method_handler(check) if call.method == '/grpc.health.v1.Health/Check' else None


server = grpc.server(futures.ThreadPoolExecutor(max_workers=10), handlers=[Health()])
if len(sys.argv) > 2:
    certificate, key = (open(path, 'rb').read() for path in sys.argv[2:4])
    print(server.add_secure_port('127.0.0.1:0', grpc.ssl_server_credentials([(key, certificate)])), flush=True)
else:
    print(server.add_insecure_port('127.0.0.1:0'), flush=True)
server.start()
server.wait_for_termination()
