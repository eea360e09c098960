"""Runs the upstream as a program:  python3 -m upstream [--port N] [--default SCRIPT] [--list]
(with the folder above in PYTHONPATH). Prints one line of JSON a request."""

from __future__ import annotations

import argparse
import json
import time

from upstream import FAULTS, Upstream


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m upstream", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--default", default="normal", help="the script when nothing else says")
    parser.add_argument("--list", action="store_true", help="all scripts, one a line")
    options = parser.parse_args()
    if options.list:
        for name in sorted(FAULTS):
            print(f"{name:24} {' '.join((FAULTS[name].__doc__ or '').split())}")
        return
    with Upstream(options.port, options.default) as upstream:
        print(json.dumps({"event": "ready", "url": upstream.url}), flush=True)
        shown = 0
        try:
            while True:
                time.sleep(0.1)
                for seen in upstream.requests[shown:]:
                    shown += 1
                    line = {"method": seen.method, "path": seen.path, "script": seen.script}
                    print(json.dumps(line), flush=True)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
