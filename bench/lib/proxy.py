"""What all proxies have in common: a directory, a configuration, a process, a port."""
import os
import re
from pathlib import Path

from processes import CLIENTS_HOST, Process, can_connect, free_port, tree, wait_for

MANY = 1_000_000_000  # requests on one connection, where a proxy has a limit
CIPHER = "TLS_AES_128_GCM_SHA256"
UNPRIVILEGED = "www-data"
AS_ROOT = os.geteuid() == 0


class Failed(Exception):
    """This proxy cannot be measured in this scenario."""


class Proxy:
    """
    A subclass gives `name`, `command()` and `config()`. What every configuration must do: add X-Forwarded-For, keep
    backend connections, write no access log, set no limit to the requests on a connection.
    """
    name = "?"
    backends = ("http", "https", "h2c", "h2")  # what it speaks to them
    resumes = True  # sessions of TLS with backends

    def __init__(self, workshop, scenario):
        self.workshop = workshop
        self.scenario = scenario
        self.dir = Path(workshop.new_dir(self.name))
        self.config_file = self.dir / f"{self.name}.conf"
        self.process = None
        self.port = None

    @property
    def pid(self):
        return self.process.pid

    @property
    def members(self):
        """The ports of the backends."""
        if self.scenario.at_origin:
            return self.workshop.origin.ports[:max(1, self.scenario.members)]
        return [self.workshop.terminator.port(self.scenario.kind)]

    @property
    def backend(self):
        """Who counts the connections that the proxy makes."""
        return self.workshop.origin if self.scenario.at_origin else self.workshop.terminator

    @property
    def backend_is_tls(self):
        return self.scenario.backend in ("https", "h2")

    @property
    def url(self):
        return f"{'https' if self.scenario.tls else 'http'}://{CLIENTS_HOST}:{self.port}{self.scenario.path}"

    def start(self):
        for _ in range(3):
            self.port = free_port()
            self.config_file.write_text(self.config())
            self.process = Process(self.command(), self.dir / "output", cwd=self.dir)
            wait_for(lambda: not self.process.is_running() or self.is_ready())
            if self.process.is_running() and self.is_ready():
                return
            self.stop()
            if not re.search("bind", self.log()):  # else somebody took the port between the look and the bind
                break
        raise Failed(f"{self.name} did not start: {self.log()}")

    def is_ready(self):
        return can_connect(self.port)

    def stop(self):
        if self.process:
            self.process.stop()

    def said(self):
        logs = [self.dir / "output", self.dir / "error.log"]
        return [line for log in logs if log.exists() for line in log.read_text(errors="replace").splitlines()]

    def log(self):
        """The end of what it had to say."""
        return "\n".join(self.said()[-15:])

    def crashes(self):
        """What it said of processes of its own that came to a bad end."""
        return [line for line in self.said() if re.search(r"exit signal|exited on signal", line)]

    def processes(self):
        return tree(self.pid)
