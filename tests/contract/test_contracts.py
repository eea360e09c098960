"""Every contract of this folder, on both databases: the same text, the same answers."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from configurations import PROVIDER_KEY, configuration
from contract_file import Mismatch, Step, check, fill, parse
from postgres_process import PostgresProcess

CONTRACTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.fixture(scope="module")
def postgres():
    with PostgresProcess() as process:
        yield process


@pytest.fixture(params=["sqlite", "postgres"])
def tandem(request, start_tandem, upstream):
    config = configuration(upstream)
    if request.param == "postgres":
        config["database"] = request.getfixturevalue("postgres").new_database()
    return start_tandem(config, environment={"UPSTREAM_KEY": PROVIDER_KEY})


def ask(tandem, step: Step, names: dict):
    headers = {name: fill(value, names) for name, value in step.headers.items()}
    key = "" if "authorization" in headers or "x-api-key" in headers else None
    if headers.get("authorization") == "none":
        del headers["authorization"]
    body = fill(step.body, names).encode() if step.body else None
    if body is not None:
        headers.setdefault("content-type", "application/json")
    return tandem.request(step.method, fill(step.path, names), body=body, headers=headers, key=key)


def run(tandem, step: Step, names: dict) -> None:
    deadline = time.monotonic() + step.within_s
    while True:
        answer = ask(tandem, step, names)
        try:
            return check(step, answer, names)
        except Mismatch:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.02)


@pytest.mark.parametrize("file", CONTRACTS, ids=lambda file: file.stem)
def test_contract(tandem, file):
    names = {"admin_key": tandem.admin_key, "url": tandem.url}
    for step in parse(file.read_text()):
        try:
            run(tandem, step, names)
        except (Mismatch, ValueError, KeyError) as reason:
            where = f"{file.name}:{step.line}: {step.title}: {step.method} {step.path}"
            pytest.fail(f"{where}: {reason}", pytrace=False)


def test_there_are_contracts():
    assert len(CONTRACTS) >= 8
