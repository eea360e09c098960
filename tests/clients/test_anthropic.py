"""The unmodified `anthropic` client on endpoints of either dialect, and the unmodified `openai`
client on an Anthropic provider: four pairs, one behaviour."""

from __future__ import annotations

import anthropic
import openai
import pytest
from configurations import PROVIDER_KEY, chat_endpoint, configuration, provider
from upstream import Shape

TEXT = Shape().text
ENDPOINTS = ["chat", "claude"]  # behind them: an OpenAI provider, an Anthropic one
TOOL = {
    "name": "weather",
    "description": "The weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
QUESTION = [{"role": "user", "content": "Hello there"}]


@pytest.fixture
def tandem(start_tandem, upstream):
    config = configuration(upstream, {"claude": chat_endpoint(provider_name="claude")})
    config["providers"]["claude"] = provider(upstream, kind="anthropic")
    return start_tandem(config, environment={"UPSTREAM_KEY": PROVIDER_KEY})


@pytest.fixture
def key(tandem):
    return tandem.make_key()["key"]


@pytest.fixture
def client(tandem, key):
    with anthropic.Anthropic(base_url=tandem.url, api_key=key, max_retries=0) as made:
        yield made


@pytest.fixture
def openai_client(tandem, key):
    with openai.OpenAI(base_url=tandem.url + "/v1", api_key=key, max_retries=0) as made:
        yield made


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_message(client, tandem, upstream, endpoint):
    """A whole answer: text, stop reason and usage; the row has the exact cost."""
    raw = client.messages.with_raw_response.create(
        model=endpoint, max_tokens=50, system="Be brief.", messages=QUESTION)
    message = raw.parse()
    assert [block.text for block in message.content] == [TEXT]
    assert (message.model, message.role, message.stop_reason) == (endpoint, "assistant", "end_turn")
    assert (message.usage.input_tokens, message.usage.output_tokens) == (20, 9)
    row = tandem.ledger_rows(raw.headers["x-request-id"])[0]
    assert (row["state"], row["input_tokens"], row["output_tokens"]) == ("settled", 20, 9)
    assert int(raw.headers["x-tandem-cost-nano-usd"]) == row["cost_nano_usd"] == 38_000
    sent = upstream.requests[-1].json
    assert sent["model"] == "mock"
    said = sent.get("system") or sent["messages"][0]["content"]
    assert "Be brief." in str(said)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_streamed_message(client, tandem, endpoint):
    """A stream: the events of the client's own helper, text, and the final usage."""
    with client.messages.stream(model=endpoint, max_tokens=50, messages=QUESTION) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert text == TEXT and message.content[0].text == TEXT
    assert message.stop_reason == "end_turn" and message.model == endpoint
    assert message.usage.output_tokens == 9
    row = tandem.ledger_rows(stream.response.headers["x-request-id"])[0]
    assert (row["state"], row["input_tokens"], row["output_tokens"]) == ("settled", 20, 9)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("streamed", [False, True])
def test_tools_over_two_turns(client, upstream, endpoint, streamed):
    """A tool is called with its arguments, and its result reaches the provider."""
    upstream.queue("normal;tool=weather")
    ask = {"model": endpoint, "max_tokens": 50, "tools": [TOOL], "messages": QUESTION}
    if streamed:
        with client.messages.stream(**ask) as stream:
            message = stream.get_final_message()
    else:
        message = client.messages.create(**ask)
    assert message.stop_reason == "tool_use"
    call = next(block for block in message.content if block.type == "tool_use")
    assert (call.name, call.input) == ("weather", {"city": "Lyon"})
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "Sunny, 25 degrees"}
    turns = [*QUESTION, {"role": "assistant", "content": [call.model_dump()]},
             {"role": "user", "content": [result]}]
    answer = client.messages.create(**{**ask, "messages": turns})
    assert answer.content[0].text == TEXT
    sent = upstream.requests[-1].json
    assert "Sunny, 25 degrees" in str(sent["messages"][-1]) and call.id in str(sent["messages"])
    assert "weather" in str(sent["tools"])


@pytest.mark.parametrize("streamed", [False, True])
def test_an_openai_client_on_an_anthropic_provider(openai_client, tandem, upstream, streamed):
    """Cached tokens are counted once although the two APIs count them differently."""
    upstream.queue("normal;cached_tokens=8")
    ask = {"model": "claude", "max_tokens": 50, "stop": ["END"], "messages": [
        {"role": "system", "content": "Be brief."}, *QUESTION]}
    if streamed:
        chunks = list(openai_client.chat.completions.create(
            **ask, stream=True, stream_options={"include_usage": True}))
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        finish = [c.choices[0].finish_reason for c in chunks if c.choices][-1]
        usage = chunks[-1].usage
    else:
        answer = openai_client.chat.completions.create(**ask)
        text, finish = answer.choices[0].message.content, answer.choices[0].finish_reason
        usage = answer.usage
    assert (text, finish) == (TEXT, "stop")
    assert (usage.prompt_tokens, usage.completion_tokens) == (20, 9)
    assert usage.prompt_tokens_details.cached_tokens == 8
    sent = upstream.requests[-1]
    assert sent.header("x-api-key") == PROVIDER_KEY
    assert sent.header("anthropic-version") == "2023-06-01"
    assert sent.json["stop_sequences"] == ["END"] and "stop" not in sent.json


@pytest.mark.parametrize("streamed", [False, True])
def test_openai_tools_on_an_anthropic_provider(openai_client, upstream, streamed):
    """A tool call comes as OpenAI's clients know it."""
    upstream.queue("normal;tool=weather")
    tool = {"type": "function", "function": {"name": "weather", "parameters": TOOL["input_schema"]}}
    ask = {"model": "claude", "max_tokens": 50, "tools": [tool], "messages": QUESTION}
    if streamed:
        chunks = list(openai_client.chat.completions.create(**ask, stream=True))
        pieces = [c.choices[0].delta.tool_calls[0] for c in chunks
                  if c.choices and c.choices[0].delta.tool_calls]
        name = pieces[0].function.name
        arguments = "".join(piece.function.arguments or "" for piece in pieces)
        finish = [c.choices[0].finish_reason for c in chunks if c.choices][-1]
    else:
        choice = openai_client.chat.completions.create(**ask).choices[0]
        name = choice.message.tool_calls[0].function.name
        arguments = choice.message.tool_calls[0].function.arguments
        finish = choice.finish_reason
    assert (name, finish) == ("weather", "tool_calls")
    assert arguments.replace(" ", "") == '{"city":"Lyon"}'


def test_thinking_comes_back(client, upstream):
    """Thinking with its signature, whole and streamed, where both sides speak Anthropic."""
    upstream.queue(*2 * ["normal;reasoning_tokens=5"])
    ask = {"model": "claude", "max_tokens": 2048, "messages": QUESTION,
           "thinking": {"type": "enabled", "budget_tokens": 1024}}
    whole = client.messages.create(**ask)
    with client.messages.stream(**ask) as stream:
        streamed = stream.get_final_message()
    for message in (whole, streamed):
        thought = message.content[0]
        assert (thought.type, thought.thinking, thought.signature) == (
            "thinking", "Let me see.", "c2ln")
        assert message.content[1].text == TEXT
    assert upstream.requests[-1].json["thinking"] == {"type": "enabled", "budget_tokens": 1024}


def test_unknown_fields_keep_their_bytes(client, tandem, upstream):
    """On the same dialect, unknown fields keep their bytes both ways."""
    upstream.queue('normal;extra="novel": {"a": 1.50}')
    raw = client.messages.with_raw_response.create(
        model="claude", max_tokens=50, messages=QUESTION, extra_body={"novel": {"b": [1, 2]}})
    assert b'"novel": {"a": 1.50}' in raw.http_response.content
    assert upstream.requests[-1].json["novel"] == {"b": [1, 2]}


def test_counting_tokens(client, upstream, tandem):
    """`count_tokens` passes through to Anthropic providers and is estimated otherwise."""
    turns = [*QUESTION, {"role": "assistant", "content": "Hi"}, *QUESTION]
    assert client.messages.count_tokens(model="claude", messages=turns).input_tokens == 30
    assert upstream.requests[-1].path.endswith("/v1/messages/count_tokens")
    assert 3 < client.messages.count_tokens(model="chat", messages=turns).input_tokens < 40
    assert tandem.request("GET", "/api/tandem/v1/ledger").json()["data"] == []


def test_models(client, openai_client):
    """One list for the clients of both."""
    assert {model.id for model in client.models.list()} >= {"chat", "claude"}
    model = client.models.retrieve("claude")
    assert (model.type, model.display_name) == ("model", "claude")
    assert openai_client.models.retrieve("claude").object == "model"


def test_errors_have_the_shape_of_anthropic(client, upstream):
    """Errors have the shape of the surface that they are on, whoever the provider is."""
    with pytest.raises(anthropic.NotFoundError) as unknown:
        client.messages.create(model="nobody", max_tokens=5, messages=QUESTION)
    assert unknown.value.body["error"]["type"] == "not_found_error"
    assert "chat" in unknown.value.body["error"]["message"]
    for endpoint in ENDPOINTS:
        upstream.queue("status_429;retry_after=30")
        with pytest.raises(anthropic.RateLimitError) as limited:
            client.messages.create(model=endpoint, max_tokens=5, messages=QUESTION)
        assert limited.value.body["type"] == "error"
    upstream.queue("cut_mid_event")
    with pytest.raises(anthropic.APIStatusError):
        with client.messages.stream(model="claude", max_tokens=5, messages=QUESTION) as stream:
            list(stream.text_stream)


def test_what_a_provider_cannot_say(openai_client, client, upstream):
    """An option that the target cannot honour is refused by name, or named as dropped."""
    with pytest.raises(openai.BadRequestError) as refused:
        openai_client.chat.completions.create(model="claude", n=3, messages=QUESTION)
    assert refused.value.param == "n"
    assert not upstream.requests
    raw = openai_client.chat.completions.with_raw_response.create(
        model="claude", messages=QUESTION, seed=7, logit_bias={"50256": -100})
    dropped = raw.headers["x-tandem-dropped"].split(", ")
    assert sorted(dropped) == ["logit_bias", "seed"]


def test_secrets_do_not_pass(client, upstream):
    """The guard reads Anthropic's requests and answers as every other."""
    secret = "AKIAQ3EGRLTWMPLEX7ZK"
    for endpoint in ENDPOINTS:
        upstream.queue(f"normal;text=the key {secret} is here")
        with client.messages.stream(
            model=endpoint, max_tokens=50,
            messages=[{"role": "user", "content": [{"type": "text", "text": f"mine is {secret}"}]}],
        ) as stream:
            text = stream.get_final_text()
        assert secret not in text and "the key" in text and "is here" in text
        assert secret not in str(upstream.requests[-1].json)
