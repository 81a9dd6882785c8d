"""Apache httpd as Debian sets it up, with the stock proxy modules or with mod_cxxproxy."""
import os
import re
from pathlib import Path

from proxy import AS_ROOT, CIPHER, UNPRIVILEGED, Proxy

PROGRAM = os.environ.get("CXXPROXY_HTTPD", "/usr/sbin/apache2")
MODULES = os.environ.get("CXXPROXY_MODULES_DIR", "/usr/lib/apache2/modules")
ROOT = Path(__file__).resolve().parents[2]

# What a2query -m says after `apt-get install apache2`, but for the MPM.
DEBIAN_MODULES = """
    access_compat alias auth_basic authn_core authn_file authz_core authz_host authz_user autoindex deflate dir env
    filter mime negotiation reqtimeout setenvif status
""".split()
LEAN_MODULES = ["authz_core", "authz_host"]
LEAN_CONFIG = """
KeepAliveTimeout 5
MaxKeepAliveRequests 0
LogLevel warn
"""
STOCK_MODULES = "proxy proxy_http proxy_balancer lbmethod_byrequests slotmem_shm".split()
TLS_MODULES = "ssl socache_shmcb".split()

THREADS = """
StartServers 2
MinSpareThreads 25
MaxSpareThreads 75
ThreadLimit 64
ThreadsPerChild 25
MaxRequestWorkers 150
MaxConnectionsPerChild 0
"""
PROCESSES = """
StartServers 5
MinSpareServers 5
MaxSpareServers 10
MaxRequestWorkers 150
MaxConnectionsPerChild 0
"""
ONE_CHILD = """
StartServers 1
ServerLimit 1
MinSpareThreads 1
MaxSpareThreads 64
ThreadsPerChild 64
MaxRequestWorkers 64
"""
MPM = {"event": THREADS, "worker": THREADS, "prefork": PROCESSES}


def load_line(name):
    return f"LoadModule {name}_module {MODULES}/mod_{name}.so"


class Httpd(Proxy):
    def command(self):
        return [PROGRAM, "-d", self.dir, "-f", self.config_file, "-DFOREGROUND"]

    def config(self):
        (self.dir / "mime.types").write_text("text/html html\ntext/plain txt\n")
        mpm = self.workshop.mpm
        lean = self.scenario.lean
        names = (LEAN_MODULES if lean else DEBIAN_MODULES) + (TLS_MODULES if self.scenario.tls or self.backend_is_tls else [])
        load = {name: load_line(name) for name in names} | self.proxy_modules()
        modules = "\n".join(load[name] for name in sorted(load))  # the order of mods-enabled
        return f"""
Define DIR {self.dir}
ServerRoot {self.dir}
DefaultRuntimeDir {self.dir}
PidFile {self.dir}/pid
ErrorLog {self.dir}/error.log
ServerName 127.0.0.1
Listen 127.0.0.1:{self.port}
{f"User {UNPRIVILEGED}" if AS_ROOT else ""}
{f"Group {UNPRIVILEGED}" if AS_ROOT else ""}
{load_line(f"mpm_{mpm}")}
{modules}
{MPM[mpm]}
{ONE_CHILD if self.scenario.single else ""}
{self.places()}
{LEAN_CONFIG if lean else f"Include {ROOT}/bench/lib/debian-apache2.conf"}
{self.more()}
{self.balancer()}
<VirtualHost 127.0.0.1:{self.port}>
    {self.tls()}
    {self.tls_to_backend()}
    {self.tunnel()}
    ProxyPass / {self.target()}/ {"disablereuse=on" if self.scenario.anew else ""}
</VirtualHost>
"""

    def places(self):
        """Of the MPM's, where Debian's are too few for the clients."""
        return ""

    def tunnel(self):
        return f"ProxyPass /tunnel {self.target()}/tunnel upgrade=websocket" if self.scenario.tunnels else ""

    def more(self):
        return ""

    def target(self):
        return "balancer://site" if self.scenario.members else f"{self.scenario.backend}://127.0.0.1:{self.members[0]}"

    def balancer(self):
        if not self.scenario.members:
            return ""
        members = "\n".join(f"    BalancerMember http://127.0.0.1:{port}" for port in self.members)
        return f"<Proxy balancer://site>\n{members}\n</Proxy>"

    def tls(self):
        if not self.scenario.tls:
            return ""
        return f"""
    SSLEngine on
    SSLCertificateFile {self.workshop.certificate}
    SSLProtocol TLSv1.3
    SSLCipherSuite TLSv1.3 {CIPHER}
"""

    def tls_to_backend(self):
        if not self.backend_is_tls:
            return ""
        return f"""
    SSLProxyEngine on
    SSLProxyCheckPeerName off
    SSLProxyProtocol TLSv1.3
    SSLProxyCipherSuite TLSv1.3 {CIPHER}
"""

    def is_ready(self):
        log = self.dir / "error.log"
        return log.exists() and "resuming normal operations" in log.read_text(errors="replace") and super().is_ready()


class Stock(Httpd):
    name = "stock"
    resumes = False  # mod_ssl keeps none as a client

    def places(self):
        """A tunnel holds a thread."""
        if not self.scenario.tunnels:
            return ""
        children = self.scenario.tunnels // 64 + 4
        return f"ThreadsPerChild 64\nServerLimit {children}\nMaxRequestWorkers {64 * children}"

    def proxy_modules(self):
        more = ["proxy_http2"] if self.scenario.backend.startswith("h2") else []
        return {name: load_line(name) for name in STOCK_MODULES + more}


class CxxProxy(Httpd):
    name = "cxxproxy"
    backends = ("http", "https", "h2c", "h2")

    def proxy_modules(self):
        """Under each record name, as Debian would load it."""
        records = re.findall(r"^LoadModule (\w+)", (ROOT / "debian/cxxproxy.load").read_text(), re.M)
        return {"cxxproxy": "\n".join(f"LoadModule {record} {self.workshop.module}" for record in records)}

    def more(self):
        """What the package's own cxxproxy.conf sets."""
        packaged = ROOT / "debian/cxxproxy.conf"
        words = "<IfModule mpm_event_module>\nAsyncRequestWorkerFactor 100\n</IfModule>"
        if packaged.exists():
            words = f"Include {packaged}"
        return words + ("\nCxxProxyReactors 1" if self.scenario.single else "")
