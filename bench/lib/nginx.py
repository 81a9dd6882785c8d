"""nginx: Debian's nginx.conf, kept connections to backends, and no limit of requests on a connection."""
import resource

from proxy import AS_ROOT, CIPHER, MANY, UNPRIVILEGED, Proxy


class Nginx(Proxy):
    name = "nginx"
    backends = ("http", "https")

    def command(self):
        return ["nginx", "-p", self.dir, "-c", self.config_file]

    def config(self):
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        servers = "".join(f"        server 127.0.0.1:{port};\n" for port in self.members)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temp = "".join(f"    {kind}_temp_path {self.dir}/{kind};\n" for kind in kinds)
        return f"""
{f"user {UNPRIVILEGED};" if AS_ROOT else ""}
daemon off;
pid {self.dir}/pid;
error_log {self.dir}/error.log;
worker_processes auto;
events {{
    worker_connections {min(8192, files - 64)};
}}
http {{
{temp}
    sendfile on;
    tcp_nopush on;
    types_hash_max_size 2048;
    gzip on;
    access_log off;
    keepalive_requests {MANY};
    # No other proxy writes bodies to disk.
    proxy_max_temp_file_size 0;
    client_body_buffer_size 64k;
    upstream site {{
{servers}{self.kept()}
    }}
    server {{
        listen 127.0.0.1:{self.port}{" ssl" if self.scenario.tls else ""};
{self.tls()}
        proxy_ssl_protocols TLSv1.3;
        proxy_ssl_conf_command Ciphersuites {CIPHER};
{self.tunnel()}
        location / {{
            proxy_pass {self.scenario.backend}://site;
            proxy_http_version 1.1;
            proxy_set_header Connection "{"close" if self.scenario.anew else ""}";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""

    def tunnel(self):
        if not self.scenario.tunnels:
            return ""
        return """
        location /tunnel {
            proxy_pass http://site;
            proxy_http_version 1.1;
            proxy_set_header Connection upgrade;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
"""

    def kept(self):
        if self.scenario.anew:
            return ""
        return f"        keepalive {max(256, 4 * len(self.members))};\n        keepalive_requests {MANY};"

    def tls(self):
        if not self.scenario.tls:
            return ""
        return f"""
        ssl_certificate {self.workshop.certificate};
        ssl_certificate_key {self.workshop.certificate};
        ssl_protocols TLSv1.3;
        ssl_conf_command Ciphersuites {CIPHER};
        ssl_session_cache shared:SSL:512k;
        ssl_session_tickets off;
"""
