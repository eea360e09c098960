"""The unmodified `openai` package of Node, on endpoints of either dialect."""

from __future__ import annotations

import pytest
from calls import until
from configurations import OUTPUT_NANO_USD, chat_endpoint, configuration, cost_nano_usd
from node_client import NodeError
from upstream import Shape
from upstream.answers import embedding_vector

TEXT = Shape().text
WORDS = Shape().words
ONE_CALL = cost_nano_usd(20, 9)
ENDPOINTS = ["chat", "claude"]  # behind them: an OpenAI provider, an Anthropic one


@pytest.fixture
def case(node, two_dialects):
    made = two_dialects.make_key()

    def run(name, **options):
        key = options.pop("key", made["key"])
        return node.case("openai_client", name, url=two_dialects.url, key=key, **options)

    run.key_id = made["id"]
    return run


@pytest.mark.parametrize("model", ENDPOINTS)
def test_a_chat(case, two_dialects, model):
    answer = case("chat", model=model)
    assert (answer["text"], answer["finish"], answer["model"]) == (TEXT, "stop", model)
    usage = answer["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (20, 9)
    [row] = two_dialects.ledger_rows(answer["requestId"])
    assert row["cost_nano_usd"] == int(answer["cost"]) == ONE_CALL


@pytest.mark.parametrize("model", ENDPOINTS)
def test_a_stream(case, model):
    """Every word is an event of its own; usage comes because the client asked."""
    answer = case("stream", model=model)
    assert (answer["pieces"], answer["text"], answer["finish"]) == (WORDS, TEXT, "stop")
    assert answer["usage"]["total_tokens"] == 29


@pytest.mark.parametrize("model", ENDPOINTS)
@pytest.mark.parametrize("streamed", [False, True])
def test_the_tool_loop(case, upstream, model, streamed):
    """The client's own loop: asked, run, told, answered."""
    upstream.queue("tool_call", "normal;text=It is sunny.")
    answer = case("tools", model=model, streamed=streamed)
    assert answer == {"asked": [{"city": "Lyon"}], "text": "It is sunny."}
    assert "sunny" in str(upstream.requests[-1].json["messages"][-1])


def test_structured_output(case, upstream):
    """The schema reaches the provider as it was written, and the answer is parsed."""
    upstream.queue('normal;text={"city":"Lyon","people":520774}')
    assert case("structured") == {"city": "Lyon", "people": 520774}
    asked = upstream.requests[-1].json["response_format"]
    assert asked["json_schema"]["strict"] is True
    assert set(asked["json_schema"]["schema"]["properties"]) == {"city", "people"}


def test_embeddings(case):
    answer = case("embeddings", texts=["first", "second"])
    assert answer["vectors"] == [embedding_vector("first"), embedding_vector("second")]
    assert answer["usage"] == {"prompt_tokens": 20, "total_tokens": 20}


def test_models(case):
    assert case("models") == {"ids": ["chat", "claude", "embed"], "one": "model"}


ERRORS = [
    ("status_400;code=bad_thing", "BadRequestError", 400, "bad_thing"),
    ("content_filter", "BadRequestError", 400, "content_filter"),
    ("status_429;retry_after=99", "RateLimitError", 429, "rate_limit_exceeded"),
    ("status_500", "InternalServerError", 502, None),
    ("cut_mid_body", "InternalServerError", 502, "upstream_error"),
    ("never_answers", "InternalServerError", 504, "deadline_exceeded"),
]


@pytest.mark.parametrize(("script", "kind", "status", "code"), ERRORS)
def test_errors_are_the_classes_that_users_catch(case, upstream, script, kind, status, code):
    upstream.queue(script)
    with pytest.raises(NodeError) as thrown:
        case("chat")
    assert kind in thrown.value.classes and "APIError" in thrown.value.classes
    assert thrown.value.status == status
    assert code is None or thrown.value.code == code
    assert thrown.value.described["requestID"].startswith("req_")


def test_refusals_of_tandem_itself(case):
    with pytest.raises(NodeError) as unknown:
        case("chat", model="nobody")
    assert "NotFoundError" in unknown.value.classes
    assert unknown.value.code == "model_not_found"
    with pytest.raises(NodeError) as stranger:
        case("chat", key="tk-nobody")
    assert "AuthenticationError" in stranger.value.classes


@pytest.mark.parametrize("script", ["error_event", "cut_mid_event", "malformed_event"])
def test_a_stream_that_breaks_is_thrown(case, upstream, script):
    """A truncated answer is never presented as complete."""
    upstream.queue(script)
    with pytest.raises(NodeError) as thrown:
        case("stream")
    assert "APIError" in thrown.value.classes and thrown.value.message


@pytest.mark.parametrize("model", ENDPOINTS)
def test_abort_in_the_middle(case, two_dialects, upstream, model):
    """The provider's call is cancelled; one row bills what came."""
    upstream.queue("normal;deltas=3000;delta_ms=10")
    assert case("abort", model=model)["seen"] >= 3
    until(lambda: upstream.requests[0].client_gone_at, 3, "the provider's call is cancelled")
    [row] = until(lambda: two_dialects.ledger(key_id=case.key_id), 2, "the row")
    assert (row["state"], row["usage_reported"]) == ("estimated", False)
    assert 2 <= row["output_tokens"] < 1000  # the first of the three had a role and no word
    assert row["cost_nano_usd"] > 2 * OUTPUT_NANO_USD


def test_abort_before_the_answer(case, two_dialects, upstream):
    upstream.queue("never_answers")
    with pytest.raises(NodeError) as thrown:
        case("abortEarly")
    assert "APIUserAbortError" in thrown.value.classes
    until(lambda: upstream.requests[0].client_gone_at, 3, "the provider's call is cancelled")
    rows = until(lambda: two_dialects.ledger(key_id=case.key_id), 2, "the row")
    assert len(rows) == 1


def test_a_429_is_tried_again_after_its_time(case, upstream):
    """`retry-after` reaches the client, which waits as long as the provider asked. Tandem itself
    does not try again here: the endpoint has no retries."""
    upstream.queue("status_429;retry_after=1")
    seen = case("retries", retries=2)
    assert (seen["requests"], seen["outcome"]) == (2, TEXT)
    assert 990 <= seen["waits"][0] < 3000


def test_a_refused_budget_is_not_tried_again(case, two_dialects, upstream):
    """`x-should-retry: false`: one request, none of them to the provider."""
    poor = two_dialects.make_key(budget={"nano_usd": 5, "period": "day"})["key"]
    seen = case("retries", retries=3, key=poor)
    assert seen == {"requests": 1, "waits": [], "outcome": "RateLimitError budget_exceeded"}
    assert upstream.requests == []


def test_a_failed_call_is_billed_once(node, start_tandem, upstream):
    """Client's tries and Tandem's: every one has its row, and only the answer costs."""
    tandem = start_tandem(configuration(upstream, {"chat": chat_endpoint(retries=1)}),
                          environment={"UPSTREAM_KEY": "sk"})
    made = tandem.make_key()
    upstream.queue("status_500", "reset_on_request", "status_503")
    seen = node.case("openai_client", "retries", url=tandem.url, key=made["key"], retries=2)
    assert (seen["requests"], seen["outcome"]) == (2, TEXT)
    rows = until(lambda: len(found := tandem.ledger(key_id=made["id"])) == 4 and found, 2, "rows")
    assert sorted(row["cost_nano_usd"] for row in rows) == [0, 0, 0, ONE_CALL]
    assert len({row["request_id"] for row in rows}) == 2


@pytest.mark.timeout(200)
def test_a_local_model(node, start_tandem):
    """No mock anywhere: SmolLM2 in a supervised child."""
    tandem = start_tandem({
        "providers": {"local": {"kind": "llama", "model": "smollm2-135m-instruct"}},
        "endpoints": {"chat": {"kind": "chat", "targets": [{"provider": "local"}]}},
    })
    tandem.request("POST", "/v1/chat/completions", timeout_s=150, body={
        "model": "chat", "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]})
    answer = node.case("openai_client", "stream", url=tandem.url, key=tandem.admin_key)
    assert "".join(answer["pieces"]) == answer["text"] and any(map(str.isalpha, answer["text"]))
    assert answer["usage"]["prompt_tokens"] > 5 and 0 < answer["usage"]["completion_tokens"] <= 50
