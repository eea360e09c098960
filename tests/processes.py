"""Child processes that cannot outlive a test or a benchmark, and what /proc says about them.

Standard library only, so that scripts/bench needs no Python environment. Everything started here
gets its own process group, dies with the process that started it, and is found again by a mark in
its environment even when its parent has died.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import time
import uuid
from pathlib import Path

MARK = "TANDEM_STARTED_BY"
_PR_SET_PDEATHSIG = 1
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGESIZE")
_libc = ctypes.CDLL(None, use_errno=True)
_descriptor_limits = resource.getrlimit(resource.RLIMIT_NOFILE)


def raise_descriptor_limit() -> None:
    """For this process alone: what spawn() starts has the limit that a user's shell gave."""
    hard = _descriptor_limits[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def new_mark() -> str:
    return uuid.uuid4().hex


def spawn(
    command: list[str],
    *,
    mark: str,
    cpus: set[int] | None = None,
    environment: dict[str, str] | None = None,
    **popen,
) -> subprocess.Popen:
    """Starts `command` pinned to `cpus` (None: anywhere). `mark` finds its descendants later."""

    def prepare():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_NOFILE, _descriptor_limits)
        if cpus:
            os.sched_setaffinity(0, cpus)

    variables = dict(os.environ if environment is None else environment)
    variables[MARK] = mark
    return subprocess.Popen(
        command, env=variables, start_new_session=True, preexec_fn=prepare, **popen
    )


def marked(mark: str) -> list[int]:
    """All living processes, zombies excluded, that were started under `mark`."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue  # gone, or another user's
    return sorted(found)


def wait_gone(mark: str, timeout_s: float = 5.0) -> list[int]:
    """Waits until nothing runs under `mark`; returns what still does when the time is over."""
    deadline = time.monotonic() + timeout_s
    while (left := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def kill_marked(mark: str) -> None:
    for pid in marked(mark):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def stat_fields(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat from the third (state) on; the name before may hold anything."""
    text = Path(f"/proc/{pid}/stat").read_text()
    return text[text.rindex(")") + 2 :].split()


def tree(pid: int) -> list[int]:
    """`pid` and all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(stat_fields(int(entry.name))[1])
            except (OSError, ValueError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for member in found:
        found.extend(parents.get(member, []))
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree, with that of children already waited for."""
    ticks = 0
    for member in tree(pid):
        try:
            fields = stat_fields(member)
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])  # utime, stime
        ticks += int(fields[13]) + int(fields[14])  # the same of waited-for children
    return ticks / _TICKS_PER_SECOND


def rss_bytes(pid: int) -> int:
    """Resident memory of a process tree; shared pages count once for each process."""
    total = 0
    for member in tree(pid):
        try:
            total += int(Path(f"/proc/{member}/statm").read_text().split()[1]) * _PAGE_BYTES
        except OSError:
            continue
    return total
