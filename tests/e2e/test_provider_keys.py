"""Promises about several keys of one provider: which is used, which rests, and who can see it."""

from __future__ import annotations

import collections

import pytest
from calls import chat, stream_chat
from configurations import configuration

KEYS = {"KEY_A": "sk-first-secret", "KEY_B": "sk-second-secret"}


@pytest.fixture
def start_with(start, upstream):
    """A server whose provider has these keys."""

    def run(api_keys, **options):
        config = configuration(upstream, **options)
        config["providers"]["upstream"].pop("api_key")
        config["providers"]["upstream"]["api_keys"] = api_keys
        return start(config, environment=KEYS)

    return run


def used(upstream) -> collections.Counter:
    return collections.Counter(
        request.header("authorization").removeprefix("Bearer ") for request in upstream.requests
    )


def span_of(tandem, answer) -> dict:
    return tandem.trace_of(answer.headers)["spans"][0]


def test_calls_are_spread_by_weight(start_with, upstream):
    tandem = start_with([{"key": "env:KEY_A", "weight": 3}, {"key": "env:KEY_B", "weight": 1}])
    for _ in range(60):
        assert chat(tandem).status == 200
    counts = used(upstream)
    # Five standard deviations of a binomial with n = 60 and p = 3/4 are 17.
    assert 28 <= counts[KEYS["KEY_A"]] <= 59 and counts[KEYS["KEY_B"]] >= 1


def test_the_short_form(start_with, upstream):
    tandem = start_with(["env:KEY_A", "env:KEY_B"])
    for _ in range(30):
        assert chat(tandem).status == 200
    assert set(used(upstream)) == set(KEYS.values())


@pytest.mark.parametrize("status", [401, 403, 429])
@pytest.mark.parametrize("call", [chat, stream_chat])
def test_a_key_at_fault_rests_while_the_other_goes_on(start_with, upstream, status, call):
    """The client sees an answer, whichever key was drawn first; the bad key is asked once."""
    tandem = start_with([{"key": "env:KEY_A", "name": "one"}, {"key": "env:KEY_B", "name": "two"}])
    upstream.default = upstream.default.parse(
        f"by_key;refused={KEYS['KEY_A']};status={status};retry_after=30")
    answers = [call(tandem) for _ in range(16)]
    assert [answer.status for answer in answers] == [200] * 16
    assert {answer.headers["x-tandem-attempts"] for answer in answers} == {"1"}
    assert used(upstream)[KEYS["KEY_A"]] == 1, "2^-16: both keys are drawn within 16 calls"
    metrics = tandem.request("GET", "/metrics").body.decode()
    assert 'tandem_provider_key_rests_total{key="one",provider="upstream"} 1' in metrics


def test_the_trace_names_the_key_and_never_shows_it(start_with, upstream):
    tandem = start_with([{"key": "env:KEY_A", "name": "one"},
                         {"key": "env:KEY_B", "name": "two", "weight": 0}])
    upstream.default = upstream.default.parse(f"by_key;refused={KEYS['KEY_A']};status=401")
    answer = chat(tandem)
    assert answer.status == 200
    span = span_of(tandem, answer)
    assert span["attributes"]["tandem.provider_key"] == "two"
    rest = next(event for event in span["events"] if event["name"] == "key_rests")
    assert rest["attributes"] == {
        "attempt": 1, "target": "upstream/mock", "key": "one", "status": 401}
    assert not any(secret in str(span) for secret in KEYS.values())
    assert not any(secret in tandem.log_tail(1000) for secret in KEYS.values())


def test_limits_of_a_key_spill_over(start_with, upstream):
    tandem = start_with([{"key": "env:KEY_A", "limits": {"requests_per_minute": 3}},
                         {"key": "env:KEY_B", "weight": 0}])
    for _ in range(5):
        assert chat(tandem).status == 200
    assert used(upstream) == {KEYS["KEY_A"]: 3, KEYS["KEY_B"]: 2}


def test_when_every_key_is_at_its_limit_the_next_target_is_asked(start_with, upstream):
    limits = {"requests_per_minute": 1}
    tandem = start_with([{"key": "env:KEY_A", "limits": limits}], retries=2)
    assert chat(tandem).status == 200
    refused = chat(tandem)
    assert refused.status == 429 and len(upstream.requests) == 1
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert 55 <= int(refused.headers["retry-after"]) <= 61


def test_every_key_refused_is_the_providers_answer(start_with, upstream):
    tandem = start_with(["env:KEY_A", "env:KEY_B"])
    upstream.default = upstream.default.parse(f"by_key;refused={','.join(KEYS.values())}")
    assert chat(tandem).status == 401
    assert len(upstream.requests) == 2
    # The secret is set right: the next call finds out, though the keys rest.
    upstream.default = upstream.default.parse("normal")
    assert chat(tandem).status == 200


def test_a_rotated_secret_needs_no_restart(start, upstream, tmp_path):
    secret = tmp_path / "key"
    secret.write_text("sk-old\n")
    config = configuration(upstream)
    config["providers"]["upstream"].pop("api_key")
    config["providers"]["upstream"]["api_keys"] = [{"key": f"file:{secret}"}]
    tandem = start(config)
    assert chat(tandem).status == 200
    secret.write_text("sk-new\n")
    upstream.wait_until(lambda seen: chat(tandem).status == 200
                        and seen.requests[-1].header("authorization") == "Bearer sk-new", 5)
