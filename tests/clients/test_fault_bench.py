"""What a provider does to a gateway, seen through the unmodified `openai` and `anthropic` clients:
each fault with one target alone, and with a good one behind it. The client gets the whole answer
or an exception, never a part that looks whole; the ledger has one row for each request that a
provider got; nothing is billed twice; no socket is left."""

from __future__ import annotations

import os
import socket
import time
from contextlib import contextmanager

import anthropic
import openai
import processes
import pytest
from calls import until
from configurations import PRICE, PROVIDER_KEY, cost_nano_usd, provider
from tandem_process import TandemProcess
from upstream import Shape, Upstream

TEXT = Shape().text
ONE_CALL = cost_nano_usd(20, 9)
SECOND = "from the second"
TIMEOUTS = {"connect_ms": 400, "first_byte_ms": 400, "first_token_ms": 400, "idle_ms": 400,
            "total_ms": 4000}  # fmt: skip
DIALECTS = ["openai", "anthropic"]  # of the client and of the provider
PAIRS = [(client, kind) for client in DIALECTS for kind in DIALECTS]

# Before anything was said, whole or streamed: the next target answers.
FALLS_OVER = [
    "never_answers", "slow_headers;ms=20", "reset_on_request", "close_on_request",
    "reset_after_headers", "status_500", "status_502", "status_503", "html_503",
    "status_429;retry_after=3600", "error_200", "html_200", "empty_200", "not_http",
    "endless_headers;mb=20", "two_lengths", "large_error", "binary_error", "error_without_end",
    "gzip_bomb;mb=16",
]  # fmt: skip
FALLS_OVER_WHOLE = ["cut_mid_body", "cut_mid_body;how=reset", "malformed_body", "length_too_long",
                    "endless_body;mb=20", "chunked_garbage"]  # fmt: skip
FALLS_OVER_STREAMED = ["empty_stream", "endless_event;mb=20", "stall_mid_stream;after=0",
                       "malformed_event;after=0", "error_event;after=0",
                       "whole_for_a_stream", "unnamed_stream"]  # fmt: skip
# After the first text: the client is told that it broke.
BREAKS = ["cut_mid_event;after=5", "cut_mid_event;after=5;how=reset", "cut_between_events;after=5",
          "stall_mid_stream;after=5", "error_event;after=5", "malformed_event;after=5"]  # fmt: skip
# Odd, and an answer all the same.
GOOD = ["normal", "slow_first_byte;ms=100", "early_hints", "close_without_notice"]
GOOD_STREAMED = ["done_twice", "missing_done", "comments", "crlf_events", "drips;ms=0",
                 "usage_twice", "normal;delta_ms=60"]  # fmt: skip


class Full:
    """A port whose queue is full: who connects waits for ever."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        self.fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self.listener.getsockname())
            self.fillers.append(filler)

    def close(self):
        for each in [self.listener, *self.fillers]:
            each.close()


def configuration(first: Upstream, second: Upstream, full: Full) -> dict:
    urls = {"first": first.url, "second": second.url, "full": full.url,
            "closed": "http://127.0.0.1:9/v1"}  # fmt: skip
    providers = {
        f"{name}-{kind}": provider(first, kind=kind, base_url=url)
        for name, url in urls.items() for kind in DIALECTS
    }  # fmt: skip
    endpoints = {}
    for kind in DIALECTS:
        for name in ("first", "full", "closed"):
            lone = {
                "kind": "chat", "retries": 0, "timeouts": TIMEOUTS, "breaker": {"enabled": False},
                "targets": [{"provider": f"{name}-{kind}", "model": "mock"}],
                "limits": {"max_response_bytes": 4 << 20},
            }  # fmt: skip
            fallback = [{"provider": f"second-{kind}", "model": "other"}]
            endpoints[f"{name}-{kind}"] = lone
            endpoints[f"{name}-{kind}-safe"] = {**lone, "fallback": fallback}
    return {
        "providers": providers, "endpoints": endpoints,
        "prices": {"mock": PRICE, "other": PRICE},
        "projects": {"default": {"budget": {"nano_usd": 10**15, "period": "month"}}},
    }  # fmt: skip


class Bench:
    def __init__(self, binary, first, second, full):
        self.first, self.second = first, second
        self.tandem = TandemProcess(configuration(first, second, full), binary=binary,
                                    environment={"UPSTREAM_KEY": PROVIDER_KEY})  # fmt: skip

    def begin(self):
        self.first.clear()
        self.second.clear()
        self.started = time.monotonic()
        self.headers: dict = {}

    def ask(self, dialect: str, model: str, streamed: bool) -> str:
        """The text that a user of the client gets to see as a finished answer."""
        def keep(response):
            self.headers = dict(response.headers)

        library = {"openai": openai, "anthropic": anthropic}[dialect]
        messages = [{"role": "user", "content": "Hello there"}]
        wanted = {"model": model, "max_tokens": 50, "messages": messages}
        with library.DefaultHttpxClient(event_hooks={"response": [keep]}) as http:
            if dialect == "openai":
                return self._ask_openai(http, wanted, streamed)
            client = anthropic.Anthropic(base_url=self.tandem.url, api_key=self.tandem.admin_key,
                                         max_retries=0, http_client=http)  # fmt: skip
            if not streamed:
                return client.messages.create(**wanted).content[0].text
            with client.messages.stream(**wanted) as stream:
                message = stream.get_final_message()
            assert message.stop_reason == "end_turn", "a part that looks whole"
            return message.content[0].text

    def _ask_openai(self, http, wanted, streamed: bool) -> str:
        client = openai.OpenAI(base_url=self.tandem.url + "/v1", api_key=self.tandem.admin_key,
                               max_retries=0, http_client=http)  # fmt: skip
        if not streamed:
            return client.chat.completions.create(**wanted).choices[0].message.content
        text, finish = "", None
        for chunk in client.chat.completions.create(**wanted, stream=True):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                finish = choice.finish_reason or finish
        assert finish == "stop", "a part that looks whole"
        return text

    def rows(self) -> list[dict]:
        """The rows of the last call: one for each attempt, and each attempt one request."""
        count = int(self.headers.get("x-tandem-attempts", 1))
        rows = self.tandem.ledger_rows(self.headers["x-request-id"], count)
        rows.sort(key=lambda row: row["attempt"])
        assert [row["attempt"] for row in rows] == list(range(1, len(rows) + 1))
        return rows

    def settled_down(self, seconds: float = 6):
        """Soon, nothing is held, and the server is well."""
        assert time.monotonic() - self.started < seconds
        held = [budget["reserved_nano_usd"] for budget in self.tandem.budgets()]
        assert held and set(held) == {0}
        assert self.tandem.request("GET", "/health", key="").status == 200


@pytest.fixture(scope="module")
def running(tandem_binary):
    full = Full()
    with Upstream() as first, Upstream(default=f"normal;text={SECOND}") as second:
        bench = Bench(tandem_binary, first, second, full)
        with bench.tandem as tandem:
            for pair in PAIRS:  # warm: so that what is left at the end is what leaked
                bench.begin()
                bench.ask(pair[0], f"first-{pair[1]}", True)
            descriptors = len(os.listdir(f"/proc/{tandem.pid}/fd"))
            yield bench
            until(lambda: len(os.listdir(f"/proc/{tandem.pid}/fd")) <= descriptors + 12, 10,
                  "sockets are closed")
            assert processes.rss_bytes(tandem.pid) < 400 << 20
    full.close()


@pytest.fixture
def bench(running):
    running.begin()
    return running


@contextmanager
def fails(dialect: str, kinds: str = "status"):
    """The exception that this client's users catch."""
    library = openai if dialect == "openai" else anthropic
    kind = library.APIStatusError if kinds == "status" else library.APIError
    with pytest.raises(kind) as thrown:
        yield thrown
    assert str(thrown.value) and PROVIDER_KEY not in str(thrown.value)


def cases(always, whole=(), streamed=()):
    return [*((script, False) for script in [*always, *whole]),
            *((script, True) for script in [*always, *streamed])]  # fmt: skip


def name_of(value):
    return "-".join(value) if isinstance(value, tuple) else (
        {True: "stream", False: "whole"}.get(value, value))  # fmt: skip


FALLS = cases(FALLS_OVER, FALLS_OVER_WHOLE, FALLS_OVER_STREAMED)


@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
@pytest.mark.parametrize(("script", "streamed"), FALLS, ids=name_of)
def test_a_failure_before_the_first_word(bench, pair, script, streamed):
    client, kind = pair
    bench.first.queue(script)
    with fails(client) as thrown:
        bench.ask(client, f"first-{kind}", streamed)
    assert thrown.value.status_code in (429, 502, 503, 504)
    [row] = bench.rows()
    assert (row["state"], row["cost_nano_usd"]) == ("released", 0)
    assert len(bench.first.requests) == 1, "a request that nobody counted"
    bench.settled_down()

    bench.begin()
    bench.first.queue(script)
    assert bench.ask(client, f"first-{kind}-safe", streamed) == SECOND
    assert bench.headers["x-tandem-target"] == f"second-{kind}/other"
    failed, answered = bench.rows()
    assert (failed["state"], failed["cost_nano_usd"]) == ("released", 0)
    assert (answered["state"], answered["cost_nano_usd"]) == ("settled", cost_nano_usd(20, 3))
    assert (len(bench.first.requests), len(bench.second.requests)) == (1, 1)
    bench.settled_down()


@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
@pytest.mark.parametrize("streamed", [False, True], ids=name_of)
@pytest.mark.parametrize("where", ["closed", "full"])
def test_nobody_takes_the_connection(bench, pair, streamed, where):
    """Refused, and a connection that never comes about."""
    client, kind = pair
    with fails(client):
        bench.ask(client, f"{where}-{kind}", streamed)
    assert [row["state"] for row in bench.rows()] == ["released"]
    assert bench.ask(client, f"{where}-{kind}-safe", streamed) == SECOND
    assert [row["state"] for row in bench.rows()] == ["released", "settled"]
    bench.settled_down()


@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
@pytest.mark.parametrize("script", BREAKS)
def test_a_stream_that_breaks(bench, pair, script):
    """The client throws; what came is billed once, at an estimate, and nobody else is asked."""
    client, kind = pair
    bench.first.queue(script)
    with fails(client, "any"):
        bench.ask(client, f"first-{kind}-safe", True)
    [row] = bench.rows()
    assert row["state"] == "estimated" and 0 < row["cost_nano_usd"] < ONE_CALL * 3
    assert (len(bench.first.requests), len(bench.second.requests)) == (1, 0)
    bench.settled_down()


@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
@pytest.mark.parametrize(("script", "streamed"), cases(GOOD, (), GOOD_STREAMED), ids=name_of)
def test_an_odd_answer_is_an_answer(bench, pair, script, streamed):
    client, kind = pair
    bench.first.queue(script)
    assert bench.ask(client, f"first-{kind}-safe", streamed) == TEXT
    [row] = bench.rows()
    assert (row["state"], row["cost_nano_usd"]) == ("settled", ONE_CALL), "once, exactly"
    bench.settled_down()


@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
@pytest.mark.parametrize("streamed", [False, True], ids=name_of)
def test_usage_that_is_wrong(bench, pair, streamed):
    """Absent: estimated. Zero: zero. Negative: never money back. Absurd: as the provider bills."""
    client, kind = pair
    scripts = ["zero_usage", "negative_usage", "lying_usage"]
    if kind == "openai":
        scripts.append("missing_usage")
    for script in scripts:
        bench.begin()
        bench.first.queue(script)
        assert bench.ask(client, f"first-{kind}", streamed) == TEXT
        [row] = bench.rows()
        least, most = {
            "zero_usage": (0, 0), "negative_usage": (0, 3 * ONE_CALL),
            "lying_usage": 2 * (cost_nano_usd(20, 10_000_000),),
            "missing_usage": (9 * 2000, 3 * ONE_CALL),
        }[script]  # fmt: skip
        assert least <= row["cost_nano_usd"] <= most and row["output_tokens"] >= 0, script
        assert row["usage_reported"] == (script != "missing_usage")
    bench.settled_down()


@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
@pytest.mark.parametrize("script", ["tells_the_key", "status_401", "status_403"])
def test_a_refusal_does_not_tell_the_key(bench, pair, script):
    """A provider that repeats our key in its refusal does not get it to our client."""
    client, kind = pair
    bench.first.queue(script)
    with fails(client) as thrown:
        bench.ask(client, f"first-{kind}", False)
    assert PROVIDER_KEY not in str(thrown.value.body) + str(thrown.value.response.headers)
    assert PROVIDER_KEY not in bench.tandem.log_path.read_text(errors="replace")
    bench.settled_down()


def test_a_pooled_connection_is_no_licence_to_ask_twice(bench):
    """A provider that read a request on a kept connection and died may have done the work: with no
    retries allowed it is asked once, and the client is told."""
    for _ in range(10):
        bench.begin()
        assert bench.ask("openai", "first-openai", False) == TEXT
        bench.first.queue("reset_on_request")
        with fails("openai"):
            bench.ask("openai", "first-openai", False)
        assert len(bench.first.requests) == 2
