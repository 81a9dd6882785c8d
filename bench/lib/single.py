"""For the tools that look at one proxy in one scenario while clients are at work."""
import argparse
import sys
import time

import loads
import measure
import proxies
import scenarios
from proxies import Failed
from workshop import Workshop, install


class Watcher(loads.Probe):
    """begin() and end() bracket the measured time, report() follows; all while the proxy runs."""

    def __init__(self, proxy, options):
        self.proxy = proxy
        self.options = options

    def report(self, load): ...


def main(usage, watcher_class, seconds, more_options=lambda parser: None):
    parser = argparse.ArgumentParser(usage=usage, allow_abbrev=False)
    parser.add_argument("proxy", choices=proxies.USUAL)
    parser.add_argument("scenario", choices=scenarios.ALL)
    parser.add_argument("-seconds", type=float, default=seconds)
    parser.add_argument("-module", metavar="PATH")
    parser.add_argument("-mpm", default="event", choices=["event", "worker", "prefork"])
    more_options(parser)
    options = parser.parse_args()
    scenario = scenarios.ALL[options.scenario]
    install()
    with Workshop(options.mpm, options.module) as workshop:
        try:
            look(workshop, scenario, options, watcher_class)
        except Failed as problem:
            print(problem, file=sys.stderr)
            return 1
    return 0


def look(workshop, scenario, options, watcher_class):
    proxy = measure.started(options.proxy, workshop, scenario)
    try:
        time.sleep(0.5)
        watcher = watcher_class(proxy, options)
        load = loads.run(scenario, proxy, options.seconds, watcher)
        print(f"{scenario.name}, {proxy.name}: {load.requests / load.seconds:,.0f}/s {load.detail}", flush=True)
        watcher.report(load)
    finally:
        proxy.stop()
