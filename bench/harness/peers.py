"""The three things that a benchmark compares: the mock provider itself, nginx before it, and
Tandem before it with everything on. Each is a context manager with `address`, `pid` and `key`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import processes
from tandem_process import TandemProcess

# Budgets are on and checked, but never in the way.
_PLENTY_NANO_USD = 10**15
_PLENTY_PER_MINUTE = 10**9


class Mock:
    """The provider: `direct` in the tables."""

    name = "direct"
    key = None

    def __init__(self, settings, cpus=None, options: list[str] = ()):
        self._command = [settings.tool("mock_upstream"), *options]
        self._cpus = cpus

    def __enter__(self):
        self._process = processes.spawn(
            self._command, mark=processes.new_mark(), cpus=self._cpus,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        ready = json.loads(self._process.stdout.readline())
        self.address = f"127.0.0.1:{ready['port']}"
        self.pid = self._process.pid
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(10)
        self._process.stdout.close()


_NGINX_CONF = """
worker_processes {workers};
worker_rlimit_nofile 16384;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
{user}
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_body_buffer_size 64k;
  keepalive_requests 1000000000;
  upstream provider {{
    server {upstream};
    keepalive 4096; keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering {buffering};
    }}
  }}
}}
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """The floor: a proxy that only copies."""

    name = "nginx"
    key = None

    def __init__(self, upstream: str, cpus=None, streams: bool = False, workers: int = 1):
        self._upstream = upstream
        self._cpus = cpus
        self._streams = streams
        self._workers = workers

    @staticmethod
    def binary() -> str:
        found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if not found:
            raise SystemExit("nginx is missing: scripts/setup test installs nginx-light")
        return found

    def __enter__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="tandem-bench-nginx-"))
        for _ in range(5):  # another process may take the free port first
            port = _free_port()
            config = self._folder / "nginx.conf"
            config.write_text(
                _NGINX_CONF.format(
                    workers=self._workers, folder=self._folder, upstream=self._upstream,
                    port=port, buffering="off" if self._streams else "on",
                    user="user root;" if os.geteuid() == 0 else "",
                )  # fmt: skip
            )
            self._mark = processes.new_mark()
            self._process = processes.spawn(
                [self.binary(), "-c", str(config), "-p", str(self._folder)],
                mark=self._mark, cpus=self._cpus, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            if self._wait_listening(port):
                self.address = f"127.0.0.1:{port}"
                self.pid = self._process.pid
                return self
        raise SystemExit(f"nginx does not start: {(self._folder / 'error.log').read_text()}")

    def _wait_listening(self, port: int) -> bool:
        deadline = time.monotonic() + 10
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return True
            except OSError:
                time.sleep(0.02)
        return False

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            pass
        processes.kill_marked(self._mark)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def governed_config(upstream: str) -> dict:
    """Everything on: budgets of project and key, limits, the secrets guard, ledger journal and
    traces at their defaults."""
    return {
        "providers": {
            "mock": {
                "kind": "openai",
                "base_url": f"http://{upstream}/v1",
                "api_key": "env:BENCH_PROVIDER_KEY",
            }
        },
        "endpoints": {
            "chat": {
                "kind": "chat",
                "targets": [{"provider": "mock", "model": "mock-model", "weight": 1}],
                "guards": ["secrets"],
            }
        },
        "prices": {"mock-model": {"input": 0.15, "cached_input": 0.075, "output": 0.60}},
        "projects": {"default": {"budget": {"nano_usd": _PLENTY_NANO_USD, "period": "month"}}},
    }


class Tandem:
    """Tandem as users run it, with a key that has its own budget and limits."""

    name = "tandem"

    def __init__(self, settings, config: dict, cpus=None):
        self._server = TandemProcess(
            config, binary=settings.tandem, cpus=cpus,
            environment={"BENCH_PROVIDER_KEY": "sk-bench"},
        )  # fmt: skip

    def __enter__(self):
        try:
            self._server.start()
        except BaseException:
            self._server.close(check=False)
            raise
        self.address = self._server.address
        self.pid = self._server.pid
        self.server = self._server
        self.key = self._server.make_key(
            "bench",
            budget={"nano_usd": _PLENTY_NANO_USD, "period": "month"},
            limits={
                "requests_per_minute": _PLENTY_PER_MINUTE,
                "tokens_per_minute": _PLENTY_PER_MINUTE * 1000,
            },
        )["key"]
        return self

    def __exit__(self, kind, *_):
        self._server.close(check=kind is None)


def settle(pid: int, limit_s: float = 3.0) -> None:
    """Waits until a process tree is idle, so that work it put off is counted as its work."""
    deadline = time.monotonic() + limit_s
    before = processes.cpu_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(0.25)
        now = processes.cpu_seconds(pid)
        if now - before <= 0.01:
            return
        before = now
