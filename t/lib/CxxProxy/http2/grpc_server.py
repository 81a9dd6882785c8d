"""A gRPC server on any free port of 127.0.0.1, which it prints: messages are plain bytes.

  /test.Test/Echo      the message, with the metadata x-seen as trailer
  /test.Test/Count     N messages '1' ... 'N' for the message 'N'; after the first it waits for the file that is its argument
  /test.Test/Sum       adds up what the client streams
  /test.Test/Chat      each message in capitals, as it comes
  /test.Test/Fail      NOT_FOUND 'no such thing'
"""
import os
import sys
import time
from concurrent import futures
import grpc

GO = sys.argv[1]


def echo(message, context):
    seen = dict(context.invocation_metadata()).get('x-asked', 'nothing')
    context.send_initial_metadata([('x-first', 'begun')])
    context.set_trailing_metadata([('x-seen', seen)])
    return message


def count(message, context):
    for i in range(1, int(message) + 1):
        yield str(i).encode()
        until = time.monotonic() + 20
        while i == 1 and not os.path.exists(GO) and time.monotonic() < until:
            time.sleep(0.01)


def chat(messages, context):
    for message in messages:
        yield message.upper()


class Test(grpc.GenericRpcHandler):
    methods = {
        'Echo': grpc.unary_unary_rpc_method_handler(echo),
        'Count': grpc.unary_stream_rpc_method_handler(count),
        'Sum': grpc.stream_unary_rpc_method_handler(lambda messages, context: str(sum(map(int, messages))).encode()),
        'Chat': grpc.stream_stream_rpc_method_handler(chat),
        'Fail': grpc.unary_unary_rpc_method_handler(lambda message, context: context.abort(grpc.StatusCode.NOT_FOUND, 'no such thing')),
    }

    def service(self, call):
        return self.methods.get(call.method.removeprefix('/test.Test/'))


server = grpc.server(futures.ThreadPoolExecutor(max_workers=20), handlers=[Test()])
print(server.add_insecure_port('127.0.0.1:0'), flush=True)
server.start()
server.wait_for_termination()
