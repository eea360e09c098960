#!/usr/bin/env python3
"""Plays llama-server for the supervisor's tests: takes its options, answers /health, and misbehaves
as the --fake-* options and the paths of its requests say."""

import argparse
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer


def parse():
    parser = argparse.ArgumentParser()
    for name in ("--model", "--alias", "--host", "--ctx-size", "--parallel", "--threads"):
        parser.add_argument(name)
    parser.add_argument("--port", type=int)
    parser.add_argument("--fake-fail-start", action="store_true")
    parser.add_argument("--fake-fail-while", help="fails to start as long as this file exists")
    parser.add_argument("--fake-never-ready", action="store_true")
    parser.add_argument("--fake-ready-when", help="not healthy before this file exists")
    parser.add_argument("--fake-ignore-term", action="store_true")
    parser.add_argument("--fake-counts-nothing", action="store_true", help="an older server")
    parser.add_argument("--fake-one-at-a-time", action="store_true", help="takes one connection")
    return parser.parse_args()


options = parse()
if options.fake_fail_start or (options.fake_fail_while and os.path.exists(options.fake_fail_while)):
    print("loading model", options.model, flush=True)
    print("error: tensor blk.0 is missing", file=sys.stderr, flush=True)
    sys.exit(3)
if options.fake_ignore_term:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def healthy():
    if options.fake_never_ready:
        return False
    return not options.fake_ready_when or os.path.exists(options.fake_ready_when)


def signals(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1], 16) for line in status if line.startswith(field))


def description():
    return {
        "arguments": sys.argv[1:], "environment": dict(os.environ), "group": os.getpgid(0),
        "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd")),
        "nice": os.nice(0), "oom": open("/proc/self/oom_score_adj").read().strip(),
        "blocked signals": signals("SigBlk"), "ignored signals": signals("SigIgn"),
    }


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        action, _, argument = self.path.strip("/").partition("/")
        body = {}
        if action == "crash":
            print("fatal: out of patience", flush=True)
            os._exit(4)
        elif action == "spin":
            until = time.thread_time() + int(argument) / 1000
            while time.thread_time() < until:
                pass
        elif action == "allocate":
            try:
                body["bytes"] = len(bytearray(int(argument)))
            except MemoryError:
                print("error: out of memory", flush=True)
                os._exit(5)
        elif action == "describe":
            body = description()
        self.send_response(200 if action != "health" or healthy() else 503)
        content = json.dumps(body).encode()
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        """Counts words as tokens, and a message as one more."""
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        known = self.headers["authorization"] == "Bearer " + os.environ["LLAMA_API_KEY"]
        body = {}
        if self.path == "/v1/chat/completions/input_tokens":
            texts = [message["content"] for message in request["messages"]]
            body["input_tokens"] = sum(len(text.split()) + 1 for text in texts)
        elif self.path == "/tokenize":
            body["tokens"] = list(range(len(request["content"].split())))
        found = body and not options.fake_counts_nothing
        self.send_response(401 if not known else 200 if found else 404)
        content = json.dumps(body).encode()
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


server_kind = HTTPServer if options.fake_one_at_a_time else ThreadingHTTPServer
server = server_kind((options.host, options.port), Handler)
print("listening", flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
signal.sigwait({signal.SIGTERM}) if not options.fake_ignore_term else signal.pause()
