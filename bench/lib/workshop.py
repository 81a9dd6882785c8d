"""What all measurements share: a temporary directory, the origin, a certificate, a copy of the module."""
import contextlib
import fcntl
import http.client
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from processes import CLIENTS_HOST, Process
from terminator import Terminator

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/bench"
MODULE = ROOT / "build/mod_cxxproxy.so"


class Origin:
    PORTS = 256

    def __init__(self, directory):
        command = [BUILD / "origin", "-threads", 2, "-ports", self.PORTS]
        self.process = Process(command, directory / "origin.log", stdout=subprocess.PIPE)
        self.ports = [int(self.process.stdout.readline()) for _ in range(self.PORTS)]
        self._asked = 0

    def accepted(self):
        """Connections it has taken so far, but for those of this question."""
        connection = http.client.HTTPConnection(CLIENTS_HOST, self.ports[0])
        connection.request("GET", "/accepted")
        count = int(connection.getresponse().read())
        connection.close()
        self._asked += 1
        return count - self._asked


class Workshop(contextlib.ExitStack):
    """Everything in it is ended and removed when it closes."""

    def __init__(self, mpm="event", module=None):
        super().__init__()
        self.mpm = mpm
        self._module = Path(module) if module else MODULE
        self.module = None
        self.certificate = None
        self.origin = None
        self._terminator = None

    def __enter__(self):
        super().__enter__()
        for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(signum, lambda *_: sys.exit("ended"))
        raise_open_files()
        try:
            self._furnish()
        except BaseException:
            self.close()
            raise
        return self

    def _furnish(self):
        BUILD.mkdir(parents=True, exist_ok=True)
        self.enter_context(alone())
        build_origin()
        self.dir = Path(tempfile.mkdtemp(prefix="cxxproxy-bench-"))
        self.callback(shutil.rmtree, self.dir, ignore_errors=True)
        self.dir.chmod(0o755)
        self.certificate = make_certificate(self.dir / "certificate.pem")
        self.module = self._copy_module()
        self.origin = Origin(self.dir)
        self.callback(self.origin.process.stop)

    @property
    def terminator(self):
        """Made when somebody asks for it."""
        if not self._terminator:
            self._terminator = Terminator(Path(self.new_dir("terminator")), self.certificate, self.origin.ports[0])
            self.callback(self._terminator.process.stop)
        return self._terminator

    def _copy_module(self):
        """A copy: the original may be built anew meanwhile."""
        if self._module != MODULE and not self._module.exists():
            sys.exit(f"there is no {self._module}")
        if not self._module.exists():
            run("make", "-s", "-f", "Makefile.apxs", f"-j{os.cpu_count()}")
        return shutil.copy2(self._module, self.dir / "mod_cxxproxy.so")

    def new_dir(self, name):
        made = tempfile.mkdtemp(prefix=f"{name}-", dir=self.dir)
        os.chmod(made, 0o755)
        return made


def run(*command, **options):
    """What it says is progress: the table alone goes to stdout."""
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr, **options)


def raise_open_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def alone():
    """Two benchmarks at once would measure each other."""
    with open(BUILD / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("another benchmark is running")
        yield


def install():
    os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"  # not everybody has them
    run(ROOT / "tools/install-deps", "bench")


def build_origin():
    source, program = ROOT / "bench/origin.cpp", BUILD / "origin"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        run(os.environ.get("CXX", "g++"), "-std=c++20", "-O2", "-pthread", "-o", program, source)


def make_certificate(path):
    """ECDSA P-256, key and certificate in one file."""
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=127.0.0.1", "-keyout", path, "-out", f"{path}.crt", stderr=subprocess.DEVNULL)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    path.chmod(0o644)  # a key for a few minutes of loopback
    return path
