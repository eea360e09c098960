"""One Tandem server under test: started on port 0 with a configuration and a data folder of its
own, driven over its API, stopped or killed, and then checked for crashes and orphans.

    with TandemProcess(config) as tandem:
        key = tandem.make_key(endpoints=["chat"])["key"]
        answer = tandem.request("POST", "/v1/chat/completions", body={...}, key=key)

Standard library only: the benchmarks use it too.
"""

from __future__ import annotations

import http.client
import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import processes

ROOT = Path(__file__).resolve().parent.parent
API = "/api/tandem/v1"
_CRASH_SIGNS = (
    "AddressSanitizer",
    "ThreadSanitizer",
    "LeakSanitizer",
    "runtime error:",
    "terminate called",
    "Assertion `",
)


def find_binary() -> Path:
    """$TANDEM_BINARY, else build/release/tandem; it need not exist."""
    return Path(os.environ.get("TANDEM_BINARY") or ROOT / "build" / "release" / "tandem")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def error(self) -> dict:
        return self.json()["error"]


@dataclass
class TandemProcess:
    config: dict
    data_dir: Path | None = None  # None: a temporary one, removed by close()
    binary: Path = field(default_factory=find_binary)
    environment: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    listen: str = "127.0.0.1:0"
    admin_key: str = "tk-admin-0123456789abcdef0123456789abcdef"
    cpus: set[int] | None = None
    ready_timeout_s: float = 30.0

    process: subprocess.Popen | None = field(default=None, init=False)
    ready: dict = field(default_factory=dict, init=False)
    host: str = field(default="127.0.0.1", init=False)
    port: int = field(default=0, init=False)
    start_seconds: float = field(default=0.0, init=False)

    def __post_init__(self):
        self._mark = processes.new_mark()
        self._home = Path(tempfile.mkdtemp(prefix="tandem-test-"))
        self._owns_data = self.data_dir is None
        if self.data_dir is None:
            self.data_dir = self._home / "data"
        self.log_path = self._home / "stderr.log"

    # --- life ---------------------------------------------------------------------------------

    def __enter__(self) -> TandemProcess:
        return self.start()

    def __exit__(self, kind, value, trace):
        self.close(check=kind is None)

    def command(self) -> list[str]:
        config_path = self._home / "tandem.json"
        config_path.write_text(json.dumps(self.config, indent=1))
        return [
            str(self.binary), "serve", "--config", str(config_path),
            "--data-dir", str(self.data_dir), "--listen", self.listen,
            "--grpc-listen", "127.0.0.1:0", *self.arguments,
        ]  # fmt: skip

    def start(self) -> TandemProcess:
        """Starts and waits for the ready line. start_seconds is the time from one to the other."""
        variables = dict(os.environ, TANDEM_ADMIN_KEY=self.admin_key, **self.environment)
        command = self.command()
        with open(self.log_path, "ab") as log:
            begin = time.monotonic()
            self.process = processes.spawn(
                command, mark=self._mark, cpus=self.cpus, environment=variables,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        self.ready = self._read_ready_line(begin + self.ready_timeout_s)
        self.start_seconds = time.monotonic() - begin
        address = self.ready["http"].removeprefix("http://").rstrip("/")
        self.host, _, port = address.rpartition(":")
        self.port = int(port)
        return self

    def _read_ready_line(self, deadline: float) -> dict:
        selector = selectors.DefaultSelector()
        selector.register(self.process.stdout, selectors.EVENT_READ)
        text = b""
        while not text.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                self.kill()
                raise AssertionError(f"not ready in time; its log ends with:\n{self.log_tail()}")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                code = self.process.wait()
                raise AssertionError(
                    f"stopped with exit code {code} before it was ready; its log ends with:\n"
                    f"{self.log_tail()}"
                )
            text += piece
        ready = json.loads(text.splitlines()[0])
        assert ready["event"] == "ready", ready
        return ready

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout_s: float = 40.0) -> int:
        """SIGTERM, then waits for the drain. Returns the exit code."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"still running {timeout_s} s after SIGTERM; log:\n{self.log_tail()}"
            ) from None

    def kill(self) -> None:
        """kill -9, as a crash or an impatient administrator would."""
        if self.running():
            self.process.kill()
        self.process.wait()

    def restart(self) -> TandemProcess:
        """Starts again on the same data folder and, where it was free to choose, another port."""
        assert not self.running()
        self.process.stdout.close()
        return self.start()

    def close(self, check: bool = True) -> None:
        """Stops, checks that nothing crashed and nothing is left, and cleans up."""
        try:
            code = self.stop() if self.process is not None else 0
            if check:
                self.assert_no_orphans()
                self.assert_no_crash()
                assert code in (0, -signal.SIGKILL), f"exit code {code}\n{self.log_tail()}"
        finally:
            processes.kill_marked(self._mark)
            if self.process is not None:
                self.process.stdout.close()
            shutil.rmtree(self._home, ignore_errors=True)

    def assert_no_orphans(self) -> None:
        left = processes.wait_gone(self._mark)
        assert not left, f"processes outlived the server: {left}"

    def assert_no_crash(self) -> None:
        log = self.log_path.read_text(errors="replace")
        for sign in _CRASH_SIGNS:
            assert sign not in log, f"the server crashed:\n{self.log_tail()}"

    def log_tail(self, lines: int = 40) -> str:
        if not self.log_path.exists():
            return "(no log)"
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    # --- its API ------------------------------------------------------------------------------

    def request(
        self, method: str, path: str, *, body=None, key: str | None = None,
        headers: dict[str, str] | None = None, timeout_s: float = 60.0,
    ) -> Answer:  # fmt: skip
        """One request on a connection of its own. `body`: bytes as they are, anything else JSON.
        Without `key` the admin key is used; key="" sends none."""
        sent = dict(headers or {})
        if key != "":
            sent.setdefault("authorization", f"Bearer {key or self.admin_key}")
        data = body
        if body is not None and not isinstance(body, bytes):
            data = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout_s)
        try:
            connection.request(method, path, body=data, headers=sent)
            response = connection.getresponse()
            answer_headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, answer_headers, response.read())
        finally:
            connection.close()

    def api(self, method: str, path: str, body=None, expect: int | tuple = (200, 201, 204), **more):
        """An admin call to /api/tandem/v1; returns the parsed answer."""
        answer = self.request(method, API + path, body=body, **more)
        allowed = (expect,) if isinstance(expect, int) else expect
        assert answer.status in allowed, f"{method} {path}: {answer.status} {answer.body[:2000]!r}"
        return answer.json() if answer.body else None

    def make_key(self, name: str = "test", **fields) -> dict:
        return self.api("POST", "/keys", {"name": name, **fields}, expect=201)

    def list_all(self, path: str, **query) -> list[dict]:
        """All pages of a list."""
        rows, cursor = [], None
        while True:
            page = {**query, "limit": 1000, **({"cursor": cursor} if cursor else {})}
            answer = self.api("GET", f"{path}?{urlencode(page)}")
            rows += answer["data"]
            cursor = answer["next_cursor"]
            if cursor is None:
                return rows

    def ledger(self, **query) -> list[dict]:
        return self.list_all("/ledger", **query)

    def ledger_rows(self, request_id: str, count: int = 1, timeout_s: float = 1.0) -> list[dict]:
        """The rows of one call. "Rows are readable within a second": waits no longer than that
        for `count` rows, and then returns what there is."""
        deadline = time.monotonic() + timeout_s
        while True:
            rows = self.ledger(filter=f'request_id = "{request_id}"')
            if len(rows) >= count or time.monotonic() > deadline:
                return rows
            time.sleep(0.02)

    def attempts_of(self, request_id: str, count: int) -> dict[int, dict]:
        """The rows of one call by attempt, once there are `count`."""
        return {row["attempt"]: row for row in self.ledger_rows(request_id, count)}

    def trace_of(self, headers: dict[str, str], timeout_s: float = 5.0) -> dict:
        """The trace that an answer's headers name, once it is written."""
        path = f"{API}/traces/{headers['x-tandem-trace-id']}"
        deadline = time.monotonic() + timeout_s
        while (found := self.request("GET", path)).status == 404:
            assert time.monotonic() < deadline, f"no trace at {path}"
            time.sleep(0.05)
        return found.json()

    def budgets(self) -> list[dict]:
        return self.list_all("/budgets")
