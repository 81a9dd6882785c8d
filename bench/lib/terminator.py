"""Backends that speak TLS and HTTP/2: an nginx in front of the origin. Its own CPU time is counted to nobody."""
import re
import urllib.request

from processes import CLIENTS_HOST, Process, can_connect, free_port, wait_for
from proxy import AS_ROOT, CIPHER, MANY, UNPRIVILEGED

LARGE_PATH, LARGE = "/1g", 1_000_000_000  # a file that it has itself

KINDS = {
    "http": "",  # what HTTP/2 is to be compared with
    "https": "ssl",
    "https-full": "ssl",  # remembers no sessions: each connection is a full handshake
    "https-resumed": "ssl",
    "h2c": "http2",
    "h2": "ssl http2",
}


class Terminator:
    def __init__(self, directory, certificate, origin_port):
        self._certificate = certificate
        self._origin_port = origin_port
        self._dir = directory
        self._port_of = {kind: free_port() for kind in [*KINDS, "status"]}
        self._asked = 0
        with open(directory / LARGE_PATH[1:], "wb") as file:
            file.truncate(LARGE)  # which takes no room on the disk
        config = directory / "terminator.conf"
        config.write_text(self._config())
        self.process = Process(["nginx", "-p", directory, "-c", config], directory / "output", cwd=directory)
        if not wait_for(lambda: can_connect(self._port_of["status"])):
            raise RuntimeError(f"nginx as a backend does not start: {(directory / 'output').read_text()}")

    def port(self, kind):
        return self._port_of[kind]

    def accepted(self):
        """Connections it has taken so far, but for those of this question."""
        with urllib.request.urlopen(f"http://{CLIENTS_HOST}:{self._port_of['status']}/") as answer:
            count = int(re.search(r"^\s*(\d+) \d+ \d+", answer.read().decode(), re.M).group(1))
        self._asked += 1
        return count - self._asked

    def handshakes(self, kind):
        """Requests so far, and how many of them came on a connection whose handshake resumed a session."""
        log = self._handshakes_log(kind).read_bytes()
        return log.count(b"\n"), log.count(b"r")

    def _handshakes_log(self, kind):
        return self._dir / f"{kind}.log"

    def _config(self):
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temp = "".join(f"    {kind}_temp_path {self._dir}/{kind};\n" for kind in kinds)
        return f"""
{f"user {UNPRIVILEGED};" if AS_ROOT else ""}
daemon off;
pid {self._dir}/pid;
error_log {self._dir}/error.log;
events {{
    worker_connections 8192;
}}
http {{
{temp}
    access_log off;
    log_format handshakes $ssl_session_reused;
    keepalive_requests {MANY};
    proxy_max_temp_file_size 0;
    client_body_buffer_size 64k;
    ssl_certificate {self._certificate};
    ssl_certificate_key {self._certificate};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites {CIPHER};
    upstream origin {{
        server {CLIENTS_HOST}:{self._origin_port};
        keepalive 512;
        keepalive_requests {MANY};
    }}
    server {{
        listen {CLIENTS_HOST}:{self._port_of["status"]};
        location / {{
            stub_status;
        }}
    }}
{"".join(self._server(kind) for kind in KINDS)}
}}
"""

    def _server(self, kind):
        remembers = "off" if kind == "https-full" else "on"
        log = f"{self._handshakes_log(kind)} handshakes" if kind.startswith("https-") else "off"
        return f"""
    server {{
        listen {CLIENTS_HOST}:{self._port_of[kind]} {KINDS[kind]};
        ssl_session_tickets {remembers};
        access_log {log};
        location = {LARGE_PATH} {{
            root {self._dir};
        }}
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
"""
