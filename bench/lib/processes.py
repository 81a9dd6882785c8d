"""Processes the benchmark starts, and what the kernel says of a process and its descendants."""
import ctypes
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
CLIENTS_HOST = "127.0.0.1"
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """A program in a session of its own (httpd's prefork MPM signals its whole group), its output in a log."""

    def __init__(self, command, log, **options):
        self.log = Path(log)
        options.setdefault("stdout", open(log, "ab"))
        self._popen = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stderr=open(log, "ab"),
            start_new_session=True, preexec_fn=_die_with_parent, **options)
        self.pid = self._popen.pid
        self.stdout = self._popen.stdout

    def is_running(self):
        return self._popen.poll() is None

    def stop(self, how=signal.SIGTERM, patience=10):
        """Ends it by its pid, and its descendants if they are left behind."""
        family = tree(self.pid)
        if self.is_running():
            self._popen.send_signal(how)
        try:
            self._popen.wait(patience)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        for pid in family - {self.pid}:
            _end_orphan(pid, self.pid)

    def wait(self):
        return self._popen.wait()


def _end_orphan(pid, session):
    """Only what is still of the session that was started: the number may be somebody else's by now."""
    try:
        if os.getsid(pid) == session:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def free_port():
    with socket.create_server((CLIENTS_HOST, 0)) as held:
        return held.getsockname()[1]


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def can_connect(port):
    try:
        socket.create_connection((CLIENTS_HOST, port), 1).close()
        return True
    except OSError:
        return False


# --- what the kernel says -------------------------------------------------------------------------------------------

def _stat(pid):
    """The fields of /proc/PID/stat from the third on, or None if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def tree(root):
    """The pids of a process and all its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (stat := _stat(entry)):
            children.setdefault(int(stat[1]), []).append(int(entry))
    found, todo = set(), [root]
    while todo:
        pid = todo.pop()
        found.add(pid)
        todo += children.get(pid, [])
    return found


def _process_cpu(pid):
    """Seconds of user and system time of all its threads: the process's own clock, finer than the ticks of stat."""
    try:
        own = time.clock_gettime((~pid << 3) | 2)
        stat = _stat(pid)
    except OSError:
        return 0
    waited_for = (int(stat[13]) + int(stat[14])) / TICK if stat else 0  # children that have ended
    return own + waited_for


def cpu_seconds(root):
    """User and system time of the tree so far, with what ended children used."""
    while True:
        family = tree(root)
        seconds = sum(_process_cpu(pid) for pid in family)
        if tree(root) == family:
            return seconds


def memory_bytes(root):
    """
    Proportional set size of the tree without pages of files. Those are code, shared with everybody and the same for any
    number of connections; they would drown what a connection takes.
    """
    total = 0
    for pid in tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        size = {words[0]: int(words[1]) for words in map(str.split, lines) if words[-1] == "kB"}
        total += size["Pss:"] - size["Pss_File:"]
    return total * 1024
