"""Backends with the names given: prints their ports, answers each request with name, request line and X-Forwarded-Host."""

import http.server
import sys
import threading


def handler(name):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            html = self.path.endswith(".html")
            link = f' <a href="http://127.0.0.1:{self.server.server_port}/other">' if html else ""
            body = f"{name} {self.requestline}{link}\n".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if html else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler


ports = []
for name in sys.argv[1:]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(name))
    ports.append(str(server.server_port))
    threading.Thread(target=server.serve_forever).start()
print(*ports, flush=True)
