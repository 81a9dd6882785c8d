"""Results as tables, plain or Markdown. They come as {scenario: {proxy: Figures, or None if it failed}}."""
from proxies import PEERS

NOTE = """\
ratio: CPU time for each request, compared with the better of nginx and HAProxy
errors: sockets, timeouts and statuses above 399, of all rounds; the other figures are medians, each by itself
KiB/connection: memory of all processes while the clients are connected, less that before; not told for a few clients
KiB/tunnel: the same before the requests, for each WebSocket
resumed: share of the handshakes with the backend that resumed a session, by the backend's count
"""


def number(value, digits=0, scale=1):
    return "-" if value is None else f"{value * scale:,.{digits}f}"


def ratio(scenario, f, of_scenario):
    peers = [of_scenario[peer].cpu for peer in PEERS if of_scenario.get(peer)]
    return f"{f.cpu / min(peers):.2f}" if peers and f.cpu is not None else "-"


def memory(scenario, f, _):
    """What a process allocates once would be all there is to see of a few connections."""
    return number(f.memory, 1, 1 / 1024) if scenario.clients >= 32 else "-"


REQUESTS = {
    "requests/s": lambda scenario, f, of_scenario: number(f.rate),
    "CPU µs/request": lambda scenario, f, of_scenario: number(f.cpu, 1, 1e6),
    "ratio": ratio,
    "p50 ms": lambda scenario, f, of_scenario: number(f.p50, 2, 1e3),
    "p99 ms": lambda scenario, f, of_scenario: number(f.p99, 2, 1e3),
    "errors": lambda scenario, f, of_scenario: number(f.errors),
    "KiB/connection": memory,
}
HANDSHAKES = REQUESTS | {
    "resumed %": lambda scenario, f, of_scenario: number(f.resumed, 1, 100),
}
TUNNELS = {"KiB/tunnel" if name == "KiB/connection" else name: tell for name, tell in REQUESTS.items()}
STREAMS = {
    "streams served": lambda scenario, f, of_scenario: number(f.streams),
    "events/s": lambda scenario, f, of_scenario: number(f.rate),
    "CPU % of a core": lambda scenario, f, of_scenario: number(f.core, 2, 100),
    "CPU µs/event": lambda scenario, f, of_scenario: number(f.cpu, 1, 1e6),
    "ratio": ratio,
    "KiB/connection": memory,
}


def columns_of(scenario):
    return STREAMS if scenario.events else TUNNELS if scenario.tunnels else HANDSHAKES if scenario.anew else REQUESTS


def row(columns, scenario, name, of_scenario):
    f = of_scenario[name]
    if f is None:
        return [scenario.name, name, "failed"] + [""] * (len(columns) - 1)
    shown = f"{name} ({f.failed} failed)" if f.failed else name
    return [scenario.name, shown, *(tell(scenario, f, of_scenario) for tell in columns.values())]


def tables(results):
    """(header, [rows of a scenario]...) for requests, for handshakes, beside tunnels and for streams."""
    for columns in (REQUESTS, HANDSHAKES, TUNNELS, STREAMS):
        groups = [[row(columns, scenario, name, of_scenario) for name in of_scenario]
                  for scenario, of_scenario in results.items() if columns_of(scenario) is columns]
        if groups:
            yield ["scenario", "proxy", *columns], groups


def as_text(results):
    parts = []
    for header, groups in tables(results):
        widths = [max(map(len, column)) for column in zip(header, *(row for group in groups for row in group))]

        def line(cells):
            padded = [cell.rjust(width) for cell, width in zip(cells, widths)]
            padded[:2] = [cell.ljust(width) for cell, width in zip(cells[:2], widths)]
            return "  ".join(padded).rstrip()

        parts.append("\n\n".join([line(header), *("\n".join(map(line, group)) for group in groups)]))
    return "\n\n".join(parts) + "\n\n" + NOTE


def as_markdown(results):
    parts = []
    for header, groups in tables(results):
        def line(cells):
            return "| " + " | ".join(cells) + " |"

        rule = ["---", "---"] + ["--:"] * (len(header) - 2)
        parts.append("\n".join([line(header), line(rule), *(line(row) for group in groups for row in group)]))
    return "\n\n".join(parts) + "\n\n" + "".join(f"- {line}\n" for line in NOTE.splitlines())
