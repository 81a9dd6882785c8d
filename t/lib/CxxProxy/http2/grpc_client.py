"""Calls of a gRPC client, grpc_client.py PORT FILE: one line of what came for each. FILE lets the server's Count go on."""
import sys
import threading
import grpc

channel = grpc.insecure_channel('127.0.0.1:' + sys.argv[1], options=[('grpc.enable_http_proxy', 0)])
LIMIT = 20


def say(name, *words):
    print(name + ':', *words, flush=True)


def outcome(error):
    return f'{error.code().name} {error.details()}'


def text(message):
    return message.decode()


def call(name, work):
    try:
        work(name)
    except grpc.RpcError as error:
        say(name, outcome(error))


def echo(name):
    answer, made = channel.unary_unary('/test.Test/Echo').with_call(b'hello', timeout=LIMIT, metadata=[('x-asked', 'this')])
    first, last = dict(made.initial_metadata()), dict(made.trailing_metadata())
    say(name, text(answer), made.code().name, first.get('x-first'), last.get('x-seen'))


def large(name):
    message = bytes(range(256)) * 8000
    say(name, channel.unary_unary('/test.Test/Echo')(message, timeout=LIMIT) == message)


def count(name):
    answers = channel.unary_stream('/test.Test/Count')(b'5', timeout=LIMIT)
    got = [text(next(answers))]
    open(sys.argv[2], 'w').close()  # so the first one has come before the others were sent
    say(name, *got, *map(text, answers), answers.code().name)


def summed(name):
    say(name, text(channel.stream_unary('/test.Test/Sum')((str(i).encode() for i in range(101)), timeout=LIMIT)))


def chat(name):
    said, answered = [], threading.Event()

    def turns():  # the second message when the first one has been answered
        yield b'one'
        answered.wait(LIMIT)
        yield b'two' if said else b'nothing'

    for answer in channel.stream_stream('/test.Test/Chat')(turns(), timeout=LIMIT):
        said.append(text(answer))
        answered.set()
    say(name, *said)


def many(name):
    calls = [channel.unary_unary('/test.Test/Echo').future(str(i).encode(), timeout=LIMIT) for i in range(50)]
    say(name, [text(one.result()) for one in calls] == [str(i) for i in range(50)])


call('unary', echo)
call('large', large)
call('server streaming', count)
call('client streaming', summed)
call('both streaming', chat)
call('error', lambda name: channel.unary_unary('/test.Test/Fail')(b'', timeout=LIMIT))
call('unknown', lambda name: channel.unary_unary('/test.Test/None')(b'', timeout=LIMIT))
call('fifty', many)
