"""Faults of the machine: a full disk, a folder that cannot be written, a damaged journal, a port
that is taken, a configuration that is wrong. Each ends in a clear error."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from pathlib import Path

import pytest
from calls import chat, until
from configurations import configuration, cost_nano_usd
from tandem_process import TandemProcess

ONE_CALL = cost_nano_usd(20, 9)


def run_to_the_end(binary, *arguments: str, timeout_s: float = 20, **environment: str):
    return subprocess.run(
        [str(binary), *arguments], capture_output=True, text=True, timeout=timeout_s,
        env={**os.environ, "UPSTREAM_KEY": "x", **environment},
    )  # fmt: skip


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MiB, where this machine lets us make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True
    )
    if made.returncode != 0:
        pytest.skip(f"cannot mount a small file system: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk(start, upstream, small_disk):
    """A full disk ends in a clear error: calls are refused before they reach a provider, nothing is
    lost, and everything goes on when there is room again."""
    tandem = start(configuration(upstream), data_dir=small_disk / "data")
    made = tandem.make_key()
    good = chat(tandem, key=made["key"]).headers["x-request-id"]
    ballast = small_disk / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while file.write(b"\0" * 4096) == 4096:
                pass
    seen = None
    for _ in range(20_000):  # the journal has up to a megabyte in reserve
        asked = len(upstream.requests)
        answer = chat(tandem, key=made["key"])
        if answer.status != 200:
            seen = answer
            break
    assert seen is not None, "a full disk was never noticed"
    assert seen.status == 503
    assert seen.error["code"] == "storage_failed"
    # The call that met the full disk may have gone out, recorded as reserved; no later one does.
    assert len(upstream.requests) <= asked + 1
    asked = len(upstream.requests)
    assert [chat(tandem, key=made["key"]).status for _ in range(5)] == [503] * 5
    assert len(upstream.requests) == asked, "a call went out that could not be recorded"
    assert tandem.request("GET", "/health", key="").status == 200
    ballast.unlink()
    until(lambda: chat(tandem, key=made["key"]).status == 200, 10, "calls work again")
    assert tandem.ledger_rows(good)[0]["cost_nano_usd"] == ONE_CALL
    tandem.kill()
    tandem.restart()
    assert tandem.ledger_rows(good)[0]["state"] == "settled"
    assert chat(tandem, key=made["key"]).status == 200


def test_a_folder_that_cannot_be_written(tandem_binary, tmp_path):
    """A read-only data folder: a clear error, at once."""
    target = tmp_path / "file"
    target.write_text("not a folder")
    answer = run_to_the_end(
        tandem_binary, "serve", "--data-dir", str(target / "data"), "--listen", "127.0.0.1:0"
    )
    assert answer.returncode in (70, 78)
    assert str(target) in answer.stderr
    assert "ready" not in answer.stdout


def test_a_read_only_file_system(tandem_binary, small_disk):
    """A read-only data folder: a clear error, at once."""
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    answer = run_to_the_end(
        tandem_binary, "serve", "--data-dir", str(small_disk / "data"), "--listen", "127.0.0.1:0"
    )
    assert answer.returncode in (70, 78)
    assert "ead-only" in answer.stderr or "cannot" in answer.stderr


def journal_files(tandem) -> list[Path]:
    """The journal's segments, oldest first."""
    found = sorted(tandem.data_dir.rglob("*.journal"))
    assert found, list(tandem.data_dir.rglob("*"))
    return found


@pytest.mark.parametrize("damage", ["garbage at the end", "half a record"])
def test_a_corrupt_journal_tail(tandem, upstream, damage):
    """A corrupt journal tail: what was written before it is kept, the rest is set aside, and the
    log says so. A crash leaves at most half a record at the end."""
    ids = [chat(tandem).headers["x-request-id"] for _ in range(5)]
    time.sleep(0.3)
    tandem.kill()
    last = [file for file in journal_files(tandem) if file.stat().st_size > 0][-1]
    content = last.read_bytes().rstrip(b"\0")
    if damage == "garbage at the end":
        last.write_bytes(content + os.urandom(137))
    else:
        last.write_bytes(content + content[-64:][:40])
    tandem.restart()
    for request_id in ids[:-1]:
        assert tandem.ledger_rows(request_id)[0]["state"] == "settled"
    assert "journal" in tandem.log_tail(200)
    assert chat(tandem).status == 200


@pytest.mark.parametrize("damage", ["a flipped byte", "a flipped last byte", "cut short"])
def test_a_damaged_journal(tandem, damage):
    """A record that was whole on the disk and is not any more is no torn tail: the server says
    which file and where, and does not guess what calls cost."""
    for _ in range(5):
        chat(tandem)
    time.sleep(0.3)
    tandem.kill()
    file = journal_files(tandem)[-1]
    content = bytearray(file.read_bytes().rstrip(b"\0"))
    if damage == "cut short":
        del content[-9:]
    else:
        content[-1 if damage == "a flipped last byte" else len(content) // 2] ^= 0x55
    file.write_bytes(content)
    with pytest.raises(AssertionError, match="exit code 70"):
        tandem.restart()
    assert str(file) in tandem.log_tail() and "byte" in tandem.log_tail()
    file.unlink()  # as the message says: accept that its records are lost
    tandem.restart()
    assert chat(tandem).status == 200


def test_a_port_in_use(tandem, tandem_binary, tmp_path):
    """A port in use: a clear error that names it."""
    answer = run_to_the_end(
        tandem_binary, "serve", "--data-dir", str(tmp_path / "d"), "--listen", tandem.address
    )
    assert answer.returncode not in (0, 70)
    assert str(tandem.port) in answer.stderr
    assert tandem.request("GET", "/health", key="").status == 200


def test_a_data_folder_in_use(tandem, tandem_binary):
    """Two servers on one data folder would both settle the same journal: the second is refused."""
    answer = run_to_the_end(
        tandem_binary, "serve", "--data-dir", str(tandem.data_dir), "--listen", "127.0.0.1:0"
    )
    assert answer.returncode != 0
    assert str(tandem.data_dir) in answer.stderr
    assert chat(tandem).status == 200


WRONG = [
    ({"endpoint": {}}, "endpoints"),
    ({"endpoints": {"chat": {"kind": "chat", "target": []}}}, "targets"),
    ({"endpoints": {"chat": {"kind": "chatt", "targets": []}}}, "chat"),
    ({"providers": {"x": {"kind": "openai", "api_key": "sk-secret-in-the-file"}}}, "env:"),
    ({"endpoints": {"chat": {"kind": "chat", "targets": [{"provider": "nobody"}]}}}, "nobody"),
    ({"prices": {"m": {"input": "a lot"}}}, "input"),
]


@pytest.mark.parametrize(("config", "named"), WRONG)
def test_a_wrong_configuration(tandem_binary, tmp_path, config, named):
    """Unknown keys are errors that name the nearest known one; exit code 78."""
    file = tmp_path / "tandem.json"
    file.write_text(json.dumps(config))
    for arguments in (["--check"], ["--listen", "127.0.0.1:0"]):
        answer = run_to_the_end(
            tandem_binary, "serve", "--config", str(file), "--data-dir", str(tmp_path / "d"),
            *arguments,
        )  # fmt: skip
        assert answer.returncode == 78
        assert named in answer.stderr
        assert "sk-secret-in-the-file" not in answer.stderr


def test_a_wrong_command(tandem_binary):
    """Exit codes: … 64 usage."""
    assert run_to_the_end(tandem_binary, "serve", "--colour").returncode == 64
    assert run_to_the_end(tandem_binary, "srve").returncode == 64


def test_a_good_configuration(tandem_binary, upstream, tmp_path):
    """`tandem serve --check` validates the configuration; the configuration may be JSON."""
    file = tmp_path / "tandem.json"
    file.write_text(json.dumps(configuration(upstream)))
    answer = run_to_the_end(tandem_binary, "serve", "--config", str(file), "--check")
    assert answer.returncode == 0, answer.stderr


def test_the_ready_line(tandem):
    """When it is ready it prints one line of JSON to standard output."""
    assert tandem.ready["event"] == "ready"
    assert tandem.ready["http"] == f"http://127.0.0.1:{tandem.port}"
    assert tandem.ready["ui"] == f"http://127.0.0.1:{tandem.port}/"
    assert tandem.port != 0


def test_the_admin_key_of_the_first_start(tandem_binary, tmp_path):
    """First start: an admin key is created, printed once to standard error, and kept in
    `DIR/admin.key` (mode 0600)."""
    server = TandemProcess({}, binary=tandem_binary, data_dir=tmp_path / "data")
    server.admin_key = ""
    with server:
        file = tmp_path / "data" / "admin.key"
        key = file.read_text().strip()
        assert file.stat().st_mode & 0o777 == 0o600
        assert key.startswith("tk-") and server.log_tail(500).count(key) == 1
        assert server.request("GET", "/api/tandem/v1/keys", key=key).status == 200
        server.stop()
        server.restart()
        assert server.log_tail(500).count(key) == 1
        assert server.request("GET", "/api/tandem/v1/keys", key=key).status == 200
