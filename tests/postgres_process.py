"""A real PostgreSQL in a temporary folder, on a Unix socket, for one test.

    with PostgresProcess() as postgres:
        start({**config, "database": postgres.conninfo})

It refuses to run as root: then it runs as the user `postgres`. Standard library only.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import processes


def _program(name: str) -> str:
    folders = [os.environ.get("TANDEM_POSTGRES_BIN", "")]
    folders += [f"/usr/lib/postgresql/{version}/bin" for version in range(18, 14, -1)]
    for folder in folders + ["/usr/local/pgsql/bin"]:
        if folder and os.access(Path(folder) / name, os.X_OK):
            return str(Path(folder) / name)
    raise FileNotFoundError(
        f"the tests need PostgreSQL 15 or newer and found no {name}: run `apt-get install "
        "postgresql-15`, or set TANDEM_POSTGRES_BIN to the folder with its programs"
    )


class PostgresProcess:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tandem-postgres-"))
        self._mark = processes.new_mark()
        self._databases = 0
        self._process: subprocess.Popen | None = None

    @property
    def conninfo(self) -> str:
        return f"host={self.folder} port=5432 user=tandem dbname=postgres"

    def new_database(self) -> str:
        """An empty database of its own; returns how to connect to it."""
        self._databases += 1
        name = f"database_{self._databases}"
        subprocess.run(
            [_program("createdb"), "-h", str(self.folder), "-U", "tandem", name],
            check=True, capture_output=True, cwd="/",
        )  # fmt: skip
        return f"host={self.folder} port=5432 user=tandem dbname={name}"

    def _command(self, *words: str) -> list[str]:
        if os.geteuid() != 0:
            return list(words)
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words]

    def __enter__(self) -> PostgresProcess:
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        subprocess.run(
            self._command(_program("initdb"), "-D", str(self.folder / "data"), "-U", "tandem",
                          "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"),
            check=True, capture_output=True, cwd="/",
        )  # fmt: skip
        self.start()
        return self

    def start(self) -> None:
        """Also after stop()."""
        log = self.folder / "server.log"
        with open(log, "ab") as output:
            self._process = processes.spawn(
                self._command(_program("postgres"), "-D", str(self.folder / "data"), "-k",
                              str(self.folder), "-c", "listen_addresses=", "-c", "fsync=off"),
                mark=self._mark, stdout=output, stderr=output, cwd="/",
            )  # fmt: skip
        probe = [_program("pg_isready"), "-q", "-h", str(self.folder)]
        deadline = time.monotonic() + 30
        while subprocess.run(probe, check=False).returncode != 0:
            assert self._process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """Immediately, as a machine that lost its database sees it."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    def __exit__(self, *_):
        processes.kill_marked(self._mark)
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
