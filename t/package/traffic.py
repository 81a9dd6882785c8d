"""Four clients ask for a page, each request on a connection of its own, until SIGTERM; then it says how that went.

A line each hundred answers tells that traffic flows."""

import signal
import sys
import threading
import urllib.request

url = sys.argv[1]
over = threading.Event()
lock = threading.Lock()
count = {"answers": 0, "failed": 0}
errors = set()


def client():
    while not over.wait(0.005):
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                good = answer.status == 200 and answer.read()
        except OSError as error:
            good = False
            errors.add(str(error))
        with lock:
            count["answers" if good else "failed"] += 1
            if count["answers"] % 100 == 0:
                print(".", flush=True)


signal.signal(signal.SIGTERM, lambda *_: over.set())
clients = [threading.Thread(target=client) for _ in range(4)]
for each in clients:
    each.start()
while not over.wait(3600):
    pass
for each in clients:
    each.join()
print(f"{count['answers']} answers, {count['failed']} failed", *sorted(errors), sep="\n")
