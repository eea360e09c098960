"""The unmodified `openai` client on POST /v1/responses, with a provider of OpenAI's chat
completions and one of Anthropic's behind it: one behaviour."""

from __future__ import annotations

import json

import openai
import pydantic
import pytest
from configurations import PROVIDER_KEY, chat_endpoint, configuration, provider
from upstream import Shape

TEXT = Shape().text
ENDPOINTS = ["chat", "claude"]  # behind them: an OpenAI provider, an Anthropic one
TOOL = {
    "type": "function", "name": "weather", "description": "The weather of a city.", "strict": False,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}  # fmt: skip
LIFE = ["response.created", "response.in_progress", "response.output_item.added",
        "response.content_part.added", "response.output_text.delta", "response.output_text.done",
        "response.content_part.done", "response.output_item.done", "response.completed"]


@pytest.fixture
def tandem(start_tandem, upstream):
    config = configuration(upstream, {
        "claude": chat_endpoint(provider_name="claude"),
        "guarded": chat_endpoint(guards=["secrets"], capture="redacted"),
        "discreet": chat_endpoint(capture="metadata"),
    })
    config["providers"]["claude"] = provider(upstream, kind="anthropic")
    config["projects"]["other"] = {}
    return start_tandem(config, environment={"UPSTREAM_KEY": PROVIDER_KEY})


@pytest.fixture
def key(tandem):
    return tandem.make_key()["key"]


def connect(tandem, key):
    return openai.OpenAI(base_url=tandem.url + "/v1", api_key=key, max_retries=0)


@pytest.fixture
def client(tandem, key):
    with connect(tandem, key) as made:
        yield made


def said(sent: dict) -> str:
    """Everything that reached a provider, whatever it speaks."""
    return json.dumps([sent.get("system"), sent["messages"]])


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_response(client, tandem, upstream, endpoint):
    """A whole answer: text, status and usage, what it repeats of the request; the exact cost."""
    upstream.queue("normal;cached_tokens=8")
    raw = client.responses.with_raw_response.create(
        model=endpoint, input="Hello there", instructions="Be brief.", max_output_tokens=50,
        metadata={"a": "b"}, temperature=0.5)
    response = raw.parse()
    assert response.output_text == TEXT
    assert response.id.startswith("resp_") and response.object == "response"
    assert (response.model, response.status, response.error) == (endpoint, "completed", None)
    assert (response.instructions, response.metadata) == ("Be brief.", {"a": "b"})
    assert (response.temperature, response.max_output_tokens) == (0.5, 50)
    assert (response.tools, response.tool_choice, response.truncation) == ([], "auto", "disabled")
    usage = response.usage
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (20, 9, 29)
    assert usage.input_tokens_details.cached_tokens == 8
    row = tandem.ledger_rows(raw.headers["x-request-id"])[0]
    assert (row["state"], row["input_tokens"], row["output_tokens"]) == ("settled", 20, 9)
    assert int(raw.headers["x-tandem-cost-nano-usd"]) == row["cost_nano_usd"] == 32_000
    assert raw.headers["x-tandem-endpoint"] == endpoint
    sent = upstream.requests[-1].json
    assert sent["model"] == "mock" and sent["max_tokens"] == 50
    assert "Be brief." in said(sent) and "Hello there" in said(sent)
    assert not {"store", "metadata", "input", "instructions"} & set(sent)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_streamed_response(client, tandem, endpoint):
    """The typed events in their order, numbered from 0, and the client's own accumulation."""
    with client.responses.stream(model=endpoint, input="Hello there") as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert [event.sequence_number for event in events] == list(range(len(events)))
    types = [event.type for event in events]
    assert list(dict.fromkeys(types)) == LIFE
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == TEXT == final.output_text and len(deltas) > 3
    assert (final.status, final.model, final.usage.output_tokens) == ("completed", endpoint, 9)
    assert events[0].response.id == final.id and events[0].response.status == "in_progress"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_stream_is_typed_and_settled_before_its_end(client, tandem, key, endpoint):
    """`event:` is the type of its data, there is no [DONE], and the row is there at the end."""
    answer = tandem.request("POST", "/v1/responses", key=key,
                            body={"model": endpoint, "input": "Hi", "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = answer.body.decode().strip().split("\n\n")
    for event in events:
        name, data = event.split("\n")
        assert name.removeprefix("event: ") == json.loads(data.removeprefix("data: "))["type"]
    assert "[DONE]" not in answer.body.decode()
    row = tandem.ledger_rows(answer.headers["x-request-id"])[0]
    assert (row["state"], row["input_tokens"], row["output_tokens"]) == ("settled", 20, 9)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("stored", [False, True])
def test_tools_over_two_turns(client, upstream, endpoint, streamed, stored):
    """A tool is called; its result reaches the provider behind the call, whether the client sends
    the call again or names the stored response."""
    upstream.queue("normal;tool=weather")
    ask = {"model": endpoint, "input": "Weather?", "tools": [TOOL], "store": stored}
    if streamed:
        with client.responses.stream(**ask) as stream:
            response = stream.get_final_response()
    else:
        response = client.responses.create(**ask)
    call = response.output[-1]
    assert (call.type, call.name, call.status) == ("function_call", "weather", "completed")
    assert json.loads(call.arguments) == {"city": "Lyon"}
    result = {"type": "function_call_output", "call_id": call.call_id,
              "output": "Sunny, 25 degrees"}
    if stored:
        ask |= {"previous_response_id": response.id, "input": [result]}
    else:
        ask["input"] = [{"role": "user", "content": "Weather?"}, *response.output, result]
    assert client.responses.create(**ask).output_text == TEXT
    sent = upstream.requests[-1].json
    words = said(sent)
    assert words.index("Weather?") < words.index(call.call_id) < words.index("Sunny, 25 degrees")
    assert len(sent["messages"]) == 3 and "weather" in json.dumps(sent["tools"])


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_structured_output(client, upstream, endpoint):
    """The client's `parse` with a model of pydantic: the schema reaches the provider."""
    class Weather(pydantic.BaseModel):
        city: str
        degrees: int

    upstream.queue('normal;text={"city":"Lyon","degrees":25}')
    response = client.responses.parse(model=endpoint, input="Weather?", text_format=Weather)
    assert response.output_parsed == Weather(city="Lyon", degrees=25)
    sent = json.dumps(upstream.requests[-1].json)
    assert '"degrees"' in sent and "json_schema" in sent


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_conversation_by_previous_response_id(client, upstream, endpoint):
    """The turns of a chain arrive in their order; instructions are those of the last call."""
    first = client.responses.create(model=endpoint, input="One", instructions="Old words.")
    with client.responses.stream(model=endpoint, input=[{"role": "user", "content": "Two"}],
                                 previous_response_id=first.id) as stream:
        second = stream.get_final_response()
    assert second.previous_response_id == first.id
    client.responses.create(model=endpoint, input="Three", previous_response_id=second.id,
                            instructions="New words.")
    turns = [turn for turn in upstream.requests[-1].json["messages"] if turn["role"] != "system"]
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * 2 + ["user"]
    words = said(upstream.requests[-1].json)
    assert words.index("One") < words.index("Two") < words.index("Three")
    assert words.count(TEXT) == 2 and "New words." in words and "Old words." not in words


def test_a_stored_response(client):
    """Retrieve, the items that it was asked with, delete; cancelling is refused."""
    made = client.responses.create(model="chat", metadata={"k": "v"}, input=[
        {"role": "user", "content": "One"}, {"role": "assistant", "content": "1"},
        {"role": "user", "content": [{"type": "input_text", "text": "Two"}]}])
    again = client.responses.retrieve(made.id)
    assert again.output_text == TEXT and again.metadata == {"k": "v"}
    assert again.to_dict() == made.to_dict()
    items = list(client.responses.input_items.list(made.id, limit=2, order="asc"))
    assert [item.content[0].text for item in items] == ["One", "1", "Two"]
    assert len({item.id for item in items}) == 3
    newest = next(iter(client.responses.input_items.list(made.id)))
    assert newest.content[0].text == "Two"
    events = list(client.responses.retrieve(made.id, stream=True))
    assert list(dict.fromkeys(event.type for event in events)) == LIFE
    assert events[-1].response.output_text == TEXT
    rest = list(client.responses.retrieve(made.id, stream=True, starting_after=3))
    assert [event.sequence_number for event in rest] == list(range(4, len(events)))
    with pytest.raises(openai.BadRequestError, match="background"):
        client.responses.cancel(made.id)
    client.responses.delete(made.id)
    for gone in (client.responses.retrieve, client.responses.delete,
                 client.responses.input_items.list):
        with pytest.raises(openai.NotFoundError):
            gone(made.id)
    with pytest.raises(openai.NotFoundError, match=made.id):
        client.responses.create(model="chat", input="x", previous_response_id=made.id)


def test_items_by_reference(client, upstream):
    """An item of a stored response can be named instead of sent again."""
    made = client.responses.create(model="chat", input="One")
    client.responses.create(model="chat", input=[
        {"role": "user", "content": "One"}, {"type": "item_reference", "id": made.output[0].id},
        {"role": "user", "content": "Two"}])
    turns = upstream.requests[-1].json["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert turns[1]["content"] == TEXT
    with pytest.raises(openai.NotFoundError, match="msg_nobody"):
        client.responses.create(model="chat", input=[{"type": "item_reference",
                                                      "id": "msg_nobody"}])


def test_what_is_not_stored(client, tandem):
    """`store: false`, and endpoints whose content is not to be kept, leave nothing behind; the
    answer says so."""
    for endpoint, ask in (("chat", {"store": False}), ("discreet", {})):
        made = client.responses.create(model=endpoint, input="One", **ask)
        assert made.output_text == TEXT and made.to_dict()["store"] is False
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(made.id)
    metrics = tandem.request("GET", "/metrics", key="").body.decode()
    assert 'tandem_responses_not_stored_total{reason="capture"} 1' in metrics


def test_secrets_are_not_stored(client, upstream):
    """The guard's redactions hold for what the provider gets, for what is stored and for what the
    response repeats."""
    secret = "AKIAQ3TANDEMPROBE7XZ"
    upstream.queue(f"normal;text=Use {secret} now")
    made = client.responses.create(model="guarded", input=f"My key is {secret}",
                                   instructions=f"The key {secret} is a secret.")
    assert secret not in json.dumps(upstream.requests[-1].json)
    stored = client.responses.retrieve(made.id)
    items = client.responses.input_items.list(made.id)
    for shown in (made, stored, items):
        assert secret not in shown.to_json()
    assert "My key is " in items.to_json() and "Use " in stored.output_text


def test_tenants_do_not_see_each_other(client, tandem):
    """Another project's response is as if it were not there, and so is one of an endpoint that the
    key may not call."""
    made = client.responses.create(model="chat", input="One")
    others = [tandem.make_key("a", project="other")["key"],
              tandem.make_key("b", endpoints=["claude"])["key"]]
    for key in others:
        with connect(tandem, key) as other:
            for probe in (other.responses.retrieve, other.responses.delete,
                          other.responses.cancel, other.responses.input_items.list):
                with pytest.raises(openai.NotFoundError):
                    probe(made.id)
            with pytest.raises(openai.NotFoundError):
                other.responses.create(model="claude", input="x", previous_response_id=made.id)
            with pytest.raises(openai.NotFoundError):
                other.responses.create(model="claude", input=[
                    {"type": "item_reference", "id": made.output[0].id}])
    assert client.responses.retrieve(made.id).id == made.id


def test_refusals_name_the_field(client):
    """What Tandem or a target cannot do is refused by name; fields are never dropped silently."""
    wrong = [({"background": True}, "background"), ({"conversation": "conv_1"}, "conversation"),
             ({"tools": [{"type": "web_search"}]}, "tools"),
             ({"max_output_tokens": 0}, "max_output_tokens"),
             ({"input": [{"role": "boss", "content": "x"}]}, "input[0].role")]
    for fields, named in wrong:
        with pytest.raises(openai.BadRequestError) as refused:
            client.responses.create(**{"model": "chat", "input": "x", **fields})
        assert named in refused.value.body["message"] and named in refused.value.body["param"]
        assert refused.value.body["type"] == "invalid_request_error"
    raw = client.responses.with_raw_response.create(
        model="chat", input="x", truncation="auto", text={"verbosity": "low"})
    assert raw.headers["x-tandem-dropped"] == "text.verbosity, truncation"
    with pytest.raises(openai.NotFoundError) as unknown:
        client.responses.create(model="nobody", input="x")
    assert unknown.value.code == "model_not_found" and "chat" in unknown.value.body["message"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_cut_answer_is_incomplete(client, upstream, endpoint):
    """The limit of tokens: status, details and the last event say so; it is stored all the same."""
    upstream.queue("normal;finish=length", "normal;finish=length")
    whole = client.responses.create(model=endpoint, input="x")
    with client.responses.stream(model=endpoint, input="x") as stream:
        last = list(stream)[-1]
    assert last.type == "response.incomplete"
    for response in (whole, last.response, client.responses.retrieve(whole.id)):
        assert response.status == "incomplete"
        assert response.incomplete_details.reason == "max_output_tokens"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_broken_stream_raises(client, tandem, upstream, endpoint):
    """A stream that breaks ends with a numbered error event that the client raises, never as a
    complete response, and nothing is stored."""
    upstream.queue("cut_mid_event;after=6")
    seen = []
    with pytest.raises(openai.APIError):
        for event in client.responses.create(model=endpoint, input="x", stream=True):
            seen.append(event)
    assert seen[-1].type != "response.completed"
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(seen[0].response.id)
    upstream.queue("cut_mid_event;after=6")
    answer = tandem.request("POST", "/responses",
                            body={"model": endpoint, "input": "x", "stream": True})
    *_, before, last = answer.body.decode().strip().split("\n\n")
    error = json.loads(last.split("data: ")[1])
    assert last.startswith("event: error\n") and error["type"] == "error" and error["message"]
    assert error["sequence_number"] == json.loads(before.split("data: ")[1])["sequence_number"] + 1


def test_errors_of_a_provider(client, upstream):
    """A provider's refusal keeps its status and code."""
    for endpoint in ENDPOINTS:
        upstream.queue("status_429;retry_after=30")
        with pytest.raises(openai.RateLimitError):
            client.responses.create(model=endpoint, input="x")
    upstream.queue("content_filter")
    with pytest.raises(openai.BadRequestError) as refused:
        client.responses.create(model="chat", input="x")
    assert refused.value.code == "content_filter"


def test_thinking_goes_back_to_who_thought(client, upstream):
    """Anthropic's thinking is a reasoning item; its signature returns to Anthropic in the next
    turn, by either way of going on."""
    upstream.queue("normal;reasoning_tokens=5;tool=weather")
    ask = {"model": "claude", "input": "Weather?", "tools": [TOOL], "max_output_tokens": 4096,
           "reasoning": {"effort": "low"}}
    made = client.responses.create(**ask)
    thought, call = made.output
    assert thought.type == "reasoning" and thought.summary[0].text == "Let me see."
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny"}
    client.responses.create(**{**ask, "input": [result], "previous_response_id": made.id})
    client.responses.create(**{**ask, "input": [
        {"role": "user", "content": "Weather?"}, *made.output, result]})
    for request in upstream.requests[-2:]:
        assert request.json["messages"][1]["content"][0] == {
            "type": "thinking", "thinking": "Let me see.", "signature": "c2ln"}


def test_rate_and_budget_headers(client, tandem):
    """Limits hold here as on every surface."""
    limited = tandem.make_key("slow", limits={"requests_per_minute": 1})["key"]
    with connect(tandem, limited) as slow:
        raw = slow.responses.with_raw_response.create(model="chat", input="x")
        assert raw.headers["x-ratelimit-limit-requests"] == "1"
        assert raw.headers["x-ratelimit-remaining-requests"] == "0"
        with pytest.raises(openai.RateLimitError) as refused:
            slow.responses.create(model="chat", input="x")
        assert refused.value.code == "rate_limit_exceeded"
    poor = tandem.make_key("poor", budget={"nano_usd": 1, "period": "day"})["key"]
    with connect(tandem, poor) as broke:
        with pytest.raises(openai.RateLimitError) as refused:
            broke.responses.create(model="chat", input="x")
        assert refused.value.code == "budget_exceeded"


# --- a provider that speaks the Responses API itself ----------------------------------------------


@pytest.fixture
def native(start_tandem, upstream):
    """`clients`: only clients of the Responses API; `always`: every chat."""
    config = configuration(upstream)
    for mode in ("clients", "always"):
        config["providers"][mode] = provider(upstream, responses=mode)
        config["endpoints"][mode] = chat_endpoint(provider_name=mode, guards=["secrets"])
    return start_tandem(config, environment={"UPSTREAM_KEY": PROVIDER_KEY})


@pytest.fixture
def native_client(native):
    with connect(native, native.admin_key) as made:
        yield made


@pytest.mark.parametrize("endpoint", ["clients", "always"])
def test_a_provider_of_responses_gets_the_request_as_it_came(native_client, upstream, endpoint):
    """Fields that nobody here knows and built-in tools go through; the provider stores nothing,
    the id is Tandem's, and the next turn brings everything along."""
    upstream.queue("normal;reasoning_tokens=4;cached_tokens=8")
    made = native_client.responses.create(
        model=endpoint, input="One", tools=[{"type": "web_search"}], reasoning={"effort": "low"},
        extra_body={"novel": {"b": [1, 2]}})
    assert upstream.requests[-1].path.endswith("/v1/responses")
    sent = upstream.requests[-1].json
    assert (sent["model"], sent["store"], sent["novel"]) == ("mock", False, {"b": [1, 2]})
    assert sent["include"] == ["reasoning.encrypted_content"]
    assert [item.type for item in made.output] == ["reasoning", "web_search_call", "message"]
    assert made.id.startswith("resp_") and made.id != "resp_upstream" and made.model == endpoint
    assert made.usage.output_tokens_details.reasoning_tokens == 4
    assert made.to_dict()["store"] is True
    with native_client.responses.stream(model=endpoint, input="Two", tools=[TOOL],
                                        previous_response_id=made.id) as stream:
        events = list(stream)
        second = stream.get_final_response()
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert second.output_text == TEXT
    turns = upstream.requests[-1].json["input"]
    assert [item["type"] for item in turns] == [
        "message", "reasoning", "web_search_call", "message", "message"]
    assert turns[1]["encrypted_content"] == "gAAAAABsealed"
    assert "previous_response_id" not in upstream.requests[-1].json
    assert native_client.responses.retrieve(made.id).to_dict() == made.to_dict()


@pytest.mark.parametrize("streamed", [False, True])
def test_the_guard_reads_native_answers(native_client, upstream, streamed):
    """A secret stands in a response many times; it leaves in none of them."""
    secret = "AKIAQ3TANDEMPROBE7XZ"
    upstream.queue(f"normal;text=Use {secret} now")
    raw = native_client.responses.with_raw_response.create(
        model="clients", input=f"My key is {secret}", stream=streamed)
    assert secret not in raw.http_response.read().decode()
    assert secret not in json.dumps(upstream.requests[-1].json)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_chat_over_a_provider_of_responses(native_client, upstream, streamed):
    """Where every chat goes over /responses, clients of chat completions do not notice."""
    upstream.queue("normal;tool=weather;reasoning_tokens=4")
    tool = {"type": "function", "function": {key: TOOL[key] for key in ("name", "parameters")}}
    ask = {"model": "always", "messages": [{"role": "user", "content": "Weather?"}],
           "tools": [tool], "max_tokens": 50}
    if streamed:
        chunks = list(native_client.chat.completions.create(
            **ask, stream=True, stream_options={"include_usage": True}))
        calls = [c.choices[0].delta.tool_calls[0] for c in chunks
                 if c.choices and c.choices[0].delta.tool_calls]
        arguments = "".join(call.function.arguments or "" for call in calls)
        name, finish = calls[0].function.name, chunks[-2].choices[0].finish_reason
        usage = chunks[-1].usage
    else:
        answer = native_client.chat.completions.create(**ask)
        call = answer.choices[0].message.tool_calls[0].function
        name, arguments, finish = call.name, call.arguments, answer.choices[0].finish_reason
        usage = answer.usage
    assert (name, json.loads(arguments), finish) == ("weather", {"city": "Lyon"}, "tool_calls")
    assert (usage.prompt_tokens, usage.completion_tokens) == (20, 9)
    sent = upstream.requests[-1]
    assert sent.path.endswith("/responses") and sent.json["store"] is False
    assert sent.json["tools"][0]["name"] == "weather" and sent.json["max_output_tokens"] == 50
    native_client.chat.completions.create(model="clients", messages=ask["messages"])
    assert upstream.requests[-1].path.endswith("/chat/completions")


def test_a_broken_stream_of_a_provider_of_responses(native_client, upstream):
    upstream.queue("cut_mid_event;after=6")
    with pytest.raises(openai.APIError):
        list(native_client.responses.create(model="clients", input="x", stream=True))


def test_a_repeated_call_is_made_once(client, upstream):
    """The same Idempotency-Key and request: one call, one stored response, two equal answers."""
    ask = {"model": "guarded", "input": "One", "extra_headers": {"Idempotency-Key": "k-1"}}
    first, second = client.responses.create(**ask), client.responses.create(**ask)
    assert first.id == second.id and len(upstream.requests) == 1
    assert client.responses.retrieve(first.id).output_text == TEXT
