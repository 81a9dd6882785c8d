"""Where and with what it was measured."""
import os
import platform
import re
import subprocess
import time
from pathlib import Path

import httpd

ROOT = Path(__file__).resolve().parents[2]


def said(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        return done.stdout + done.stderr
    except OSError:
        return ""


def found(pattern, text):
    match = re.search(pattern, text)
    return match.group(1).strip() if match else "?"


def facts(workshop):
    cpu = found(r"model name\s*:(.*)", Path("/proc/cpuinfo").read_text())
    memory = int(found(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())) / 2**20
    distribution = found(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    congestion = Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    built = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(os.stat(workshop.module).st_mtime))
    return {
        "Date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "Machine": f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, "
                   f"{distribution}, Linux {platform.release()}, TCP {congestion}",
        "Load before": " ".join(Path("/proc/loadavg").read_text().split()[:3]),
        "mod_cxxproxy": f"{said('git', 'describe', '--always', '--dirty', '--tags').strip()}, built {built}",
        "httpd": f"{found(r'Apache/(.*)', said(httpd.PROGRAM, '-v'))}, {workshop.mpm} MPM, Debian's defaults",
        "nginx": found(r"nginx/(.*)", said("nginx", "-v")),
        "HAProxy": found(r"version (\S+)", said("haproxy", "-v")),
        "wrk": found(r"wrk (\S+)", said("wrk", "-v")),
    }


def as_text(facts):
    return "".join(f"{name + ':':14}{value}\n" for name, value in facts.items())


def as_markdown(facts):
    return "".join(f"- {name}: {value}\n" for name, value in facts.items())
