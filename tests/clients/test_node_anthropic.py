"""The unmodified `@anthropic-ai/sdk` package of Node, on endpoints of either dialect."""

from __future__ import annotations

import pytest
from calls import until
from configurations import cost_nano_usd
from node_client import NodeError
from upstream import Shape

TEXT = Shape().text
ONE_CALL = cost_nano_usd(20, 9)
ENDPOINTS = ["chat", "claude"]  # behind them: an OpenAI provider, an Anthropic one


@pytest.fixture
def case(node, two_dialects):
    made = two_dialects.make_key()

    def run(name, **options):
        key = options.pop("key", made["key"])
        return node.case("anthropic_client", name, url=two_dialects.url, key=key, **options)

    run.key_id = made["id"]
    return run


@pytest.mark.parametrize("model", ENDPOINTS)
def test_a_message(case, two_dialects, model):
    answer = case("chat", model=model)
    assert (answer["text"], answer["stop"], answer["model"]) == (TEXT, "end_turn", model)
    assert (answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]) == (20, 9)
    [row] = two_dialects.ledger_rows(answer["requestId"])
    assert row["cost_nano_usd"] == int(answer["cost"]) == ONE_CALL


@pytest.mark.parametrize("model", ENDPOINTS)
def test_a_stream(case, model):
    answer = case("stream", model=model)
    assert (answer["pieces"], answer["text"]) == (Shape().words, TEXT)
    assert (answer["stop"], answer["usage"]["output_tokens"]) == ("end_turn", 9)
    assert answer["types"][0] == "message_start" and answer["types"][-1] == "message_stop"


@pytest.mark.parametrize("model", ENDPOINTS)
@pytest.mark.parametrize("streamed", [False, True])
def test_tools_over_two_turns(case, upstream, model, streamed):
    upstream.queue("tool_call", "normal;text=It is sunny.")
    answer = case("tools", model=model, streamed=streamed)
    wanted = {"asked": {"city": "Lyon"}, "stop": "tool_use", "text": "It is sunny."}
    assert answer == wanted
    assert "sunny" in str(upstream.requests[-1].json["messages"][-1])


@pytest.mark.parametrize("model", ENDPOINTS)
def test_structured_output(case, upstream, model):
    """A schema for the output reaches a provider of either dialect."""
    upstream.queue('normal;text={"city":"Lyon","people":520774}')
    assert case("structured", model=model) == {"city": "Lyon", "people": 520774}
    assert "people" in str(upstream.requests[-1].json)


ERRORS = [
    ("status_400", "BadRequestError", 400), ("status_429;retry_after=99", "RateLimitError", 429),
    ("status_500", "InternalServerError", 502), ("cut_mid_body", "InternalServerError", 502),
    ("never_answers", "InternalServerError", 504),
]  # fmt: skip


@pytest.mark.parametrize("model", ENDPOINTS)
@pytest.mark.parametrize(("script", "kind", "status"), ERRORS)
def test_errors_are_the_classes_that_users_catch(case, upstream, model, script, kind, status):
    upstream.queue(script)
    with pytest.raises(NodeError) as thrown:
        case("chat", model=model)
    assert kind in thrown.value.classes and "APIError" in thrown.value.classes
    assert thrown.value.status == status
    assert thrown.value.described["body"]["type"] == "error"


def test_refusals_of_tandem_itself(case):
    with pytest.raises(NodeError) as unknown:
        case("chat", model="nobody")
    assert "NotFoundError" in unknown.value.classes
    with pytest.raises(NodeError) as stranger:
        case("chat", key="tk-nobody")
    assert "AuthenticationError" in stranger.value.classes


@pytest.mark.parametrize("model", ENDPOINTS)
@pytest.mark.parametrize("script", ["error_event", "cut_mid_event", "malformed_event"])
def test_a_stream_that_breaks_is_thrown(case, upstream, model, script):
    upstream.queue(script)
    with pytest.raises(NodeError) as thrown:
        case("stream", model=model)
    assert "AnthropicError" in thrown.value.classes, thrown.value


@pytest.mark.parametrize("model", ENDPOINTS)
def test_abort_in_the_middle(case, two_dialects, upstream, model):
    upstream.queue("normal;deltas=3000;delta_ms=10")
    seen = case("abort", model=model)
    assert seen["seen"] >= 3 and seen["thrown"] == "APIUserAbortError"
    until(lambda: upstream.requests[0].client_gone_at, 3, "the provider's call is cancelled")
    [row] = until(lambda: two_dialects.ledger(key_id=case.key_id), 2, "the row")
    assert row["state"] == "estimated" and 3 <= row["output_tokens"] < 1000


def test_tries(case, two_dialects, upstream):
    """`retry-after` is waited for; a refused budget is not tried again."""
    upstream.queue("status_429;retry_after=1")
    seen = case("retries", retries=2)
    assert (seen["requests"], seen["outcome"]) == (2, TEXT)
    assert 990 <= seen["waits"][0] < 3000
    asked = len(upstream.requests)
    poor = two_dialects.make_key(budget={"nano_usd": 5, "period": "day"})["key"]
    seen = case("retries", retries=3, key=poor)
    assert (seen["requests"], seen["outcome"]) == (1, "RateLimitError rate_limit_error")
    assert len(upstream.requests) == asked


def test_count_tokens(case):
    assert case("countTokens") == {"input_tokens": 10}, "counted by the provider"
    assert 2 <= case("countTokens", model="chat")["input_tokens"] <= 40
