"""The proxies by name."""
from haproxy import HAProxy
from httpd import CxxProxy, Stock
from nginx import Nginx
from proxy import Failed, Proxy


class Direct(Proxy):
    """No proxy at all: what the origin and wrk can do by themselves."""
    name = "direct"
    pid = None

    def start(self):
        if self.scenario.tls:
            raise Failed("the origin speaks no TLS")
        self.port = self.members[0]


ALL = {proxy.name: proxy for proxy in (Stock, CxxProxy, Nginx, HAProxy, Direct)}
USUAL = ["stock", "cxxproxy", "nginx", "haproxy"]
PEERS = ["nginx", "haproxy"]
