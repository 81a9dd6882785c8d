"""HAProxy: Debian's haproxy.cfg without its logs, kept connections to backends shared by all clients."""
import resource

from proxy import AS_ROOT, CIPHER, UNPRIVILEGED, Proxy


class HAProxy(Proxy):
    name = "haproxy"

    def command(self):
        return ["haproxy", "-db", "-f", self.config_file]

    def config(self):
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        servers = "\n".join(f"    server m{port} 127.0.0.1:{port}{self.to_backend()}" for port in self.members)
        return f"""
global
    {f"user {UNPRIVILEGED}" if AS_ROOT else ""}
    {f"group {UNPRIVILEGED}" if AS_ROOT else ""}
    maxconn {min(8192, (files - 512) // 2)}
    {"nbthread 1" if self.scenario.single else ""}
    # Else it closes idle backend connections once a quarter of its descriptors is in use.
    tune.pool-high-fd-ratio 90
    tune.pool-low-fd-ratio 80
defaults
    mode http
    option dontlognull
    option {"http-server-close" if self.scenario.anew else "http-keep-alive"}
    option forwardfor
    http-reuse {"never" if self.scenario.anew else "always"}
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend clients
    bind 127.0.0.1:{self.port}{self.tls()}
    default_backend site
backend site
    balance roundrobin
{servers}
"""

    def to_backend(self):
        words = {"http": "", "https": " ssl verify none", "h2c": " proto h2", "h2": " ssl verify none alpn h2"}
        said = words[self.scenario.backend]
        if self.backend_is_tls:
            said += f" ssl-min-ver TLSv1.3 ciphersuites {CIPHER}"
        return said + (" pool-max-conn 0" if self.scenario.anew else "")

    def tls(self):
        if not self.scenario.tls:
            return ""
        return f" ssl crt {self.workshop.certificate} ssl-min-ver TLSv1.3 ciphersuites {CIPHER} no-tls-tickets"
