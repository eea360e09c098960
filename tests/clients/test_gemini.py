"""The unmodified `google-genai` client on endpoints of every dialect, and the unmodified `openai`
and `anthropic` clients on a Gemini provider: every direction, one behaviour."""

from __future__ import annotations

import json

import anthropic
import openai
import pytest
from calls import until
from configurations import PROVIDER_KEY, chat_endpoint, configuration, provider
from google import genai
from google.genai import errors, types
from upstream import Shape
from upstream.answers import embedding_vector

TEXT = Shape().text
# Behind them: an OpenAI provider, an Anthropic one, a Gemini one.
ENDPOINTS = ["chat", "claude", "gemini"]
QUESTION = "Hello there"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
DECLARATION = types.FunctionDeclaration(
    name="weather", description="The weather of a city.", parameters_json_schema=CITY)
WEATHER = types.Tool(function_declarations=[DECLARATION])


def google_provider(upstream, **fields) -> dict:
    return provider(upstream, kind="gemini", **{
        "base_url": f"http://127.0.0.1:{upstream.port}/v1beta", **fields})  # fmt: skip


@pytest.fixture
def tandem(start_tandem, upstream):
    config = configuration(upstream, {
        "claude": chat_endpoint(provider_name="claude"),
        "gemini": chat_endpoint(provider_name="google"),
        "embed-google": {**chat_endpoint(provider_name="google", model="mock-embed"),
                         "kind": "embedding"},
    })  # fmt: skip
    config["providers"]["claude"] = provider(upstream, kind="anthropic")
    config["providers"]["google"] = google_provider(upstream)
    return start_tandem(config, environment={"UPSTREAM_KEY": PROVIDER_KEY})


@pytest.fixture
def key(tandem):
    return tandem.make_key()["key"]


@pytest.fixture
def client(tandem, key):
    options = types.HttpOptions(base_url=tandem.url)
    with genai.Client(api_key=key, http_options=options) as made:
        yield made


@pytest.fixture
def openai_client(tandem, key):
    with openai.OpenAI(base_url=tandem.url + "/v1", api_key=key, max_retries=0) as made:
        yield made


@pytest.fixture
def claude_client(tandem, key):
    with anthropic.Anthropic(base_url=tandem.url, api_key=key, max_retries=0) as made:
        yield made


def header(response, name: str) -> str:
    return {key.lower(): value for key, value in response.sdk_http_response.headers.items()}[name]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_answer(client, tandem, upstream, endpoint):
    """A whole answer: text, reason and usage; the row has the exact cost."""
    answer = client.models.generate_content(
        model=endpoint, contents=QUESTION,
        config={"system_instruction": "Be brief.", "max_output_tokens": 50, "temperature": 0.5})
    assert answer.text == TEXT and answer.model_version == endpoint
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    usage = answer.usage_metadata
    assert (usage.prompt_token_count, usage.candidates_token_count) == (20, 9)
    row = tandem.ledger_rows(header(answer, "x-request-id"))[0]
    assert (row["state"], row["input_tokens"], row["output_tokens"]) == ("settled", 20, 9)
    assert int(header(answer, "x-tandem-cost-nano-usd")) == row["cost_nano_usd"] == 38_000
    sent = upstream.requests[-1]
    assert "Be brief." in str(sent.json) and "0.5" in str(sent.json)
    if endpoint == "gemini":
        assert sent.path == "/v1beta/models/mock:generateContent"
        assert sent.header("x-goog-api-key") == PROVIDER_KEY


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_streamed_answer(client, tandem, endpoint):
    """A stream: text in pieces, one reason, the final usage; settled before the last byte."""
    chunks = list(client.models.generate_content_stream(model=endpoint, contents=QUESTION))
    assert "".join(chunk.text or "" for chunk in chunks) == TEXT and len(chunks) > 5
    reasons = [chunk.candidates[0].finish_reason for chunk in chunks if chunk.candidates]
    assert [reason for reason in reasons if reason] == [types.FinishReason.STOP]
    assert chunks[-1].usage_metadata.candidates_token_count == 9
    assert chunks[0].model_version == endpoint
    row = tandem.ledger_rows(header(chunks[0], "x-request-id"))[0]
    assert (row["state"], row["input_tokens"], row["output_tokens"]) == ("settled", 20, 9)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("streamed", [False, True])
def test_functions_over_two_turns(client, upstream, endpoint, streamed):
    """A function is called with its arguments, and its result reaches the provider."""
    upstream.queue("normal;tool=weather")
    config = types.GenerateContentConfig(tools=[WEATHER])
    asked = [types.Content(role="user", parts=[types.Part(text=QUESTION)])]
    if streamed:
        parts = [part for chunk in client.models.generate_content_stream(
            model=endpoint, contents=asked, config=config)
            for part in chunk.candidates[0].content.parts if part.function_call]  # fmt: skip
    else:
        answer = client.models.generate_content(model=endpoint, contents=asked, config=config)
        parts = answer.candidates[0].content.parts
    call = next(part.function_call for part in parts if part.function_call)
    assert (call.name, call.args) == ("weather", {"city": "Lyon"})
    result = types.FunctionResponse(
        id=call.id, name=call.name, response={"result": "Sunny, 25 degrees"})
    turns = [*asked, types.Content(role="model", parts=parts),
             types.Content(role="user", parts=[types.Part(function_response=result)])]  # fmt: skip
    answer = client.models.generate_content(model=endpoint, contents=turns, config=config)
    assert answer.text == TEXT
    sent = upstream.requests[-1].json
    assert "Sunny, 25 degrees" in str(sent) and "Lyon" in str(sent)
    if endpoint == "gemini":  # the signature that a model wants back
        assert "c2ln" in str(sent["contents"][1])


def weather(city: str) -> str:
    """The weather of a city."""
    return f"Sunny in {city}"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_client_calls_a_python_function_by_itself(client, upstream, endpoint):
    upstream.queue("normal;tool=weather", "normal")
    answer = client.models.generate_content(
        model=endpoint, contents=QUESTION, config={"tools": [weather]})
    assert answer.text == TEXT
    assert "Sunny in Lyon" in str(upstream.wait_for_requests(2)[1].json)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_answer_by_schema(client, upstream, endpoint):
    """A schema reaches each provider in its own words, and the answer is parsed."""
    upstream.queue('normal;text={"city": "Lyon"}')
    answer = client.models.generate_content(model=endpoint, contents=QUESTION, config={
        "response_mime_type": "application/json", "response_schema": {
            "type": "OBJECT", "properties": {"city": {"type": "STRING"}}}})  # fmt: skip
    assert json.loads(answer.text) == {"city": "Lyon"} and answer.parsed == {"city": "Lyon"}
    sent = upstream.requests[-1].json
    said = {"type": "object", "properties": {"city": {"type": "string"}}}
    if endpoint == "chat":
        assert sent["response_format"]["json_schema"]["schema"] == said
    elif endpoint == "claude":
        assert sent["output_config"]["format"]["schema"] == said
    else:
        assert sent["generationConfig"]["responseSchema"]["type"] == "OBJECT"


@pytest.mark.parametrize("streamed", [False, True])
def test_thoughts(client, upstream, streamed):
    """Thoughts come as thoughts, from every provider that tells them, and are counted as output."""
    config = {"thinking_config": {"include_thoughts": True, "thinking_budget": 1024}}
    for endpoint in ("claude", "gemini"):
        upstream.queue("normal;reasoning_tokens=5")
        ask = {"model": endpoint, "contents": QUESTION, "config": config}
        if streamed:
            chunks = list(client.models.generate_content_stream(**ask))
        else:
            chunks = [client.models.generate_content(**ask)]
        parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts or []]
        assert "".join(part.text for part in parts if part.thought) == "Let me see."
        assert "".join(part.text or "" for part in parts if not part.thought) == TEXT
    assert chunks[-1].usage_metadata.thoughts_token_count == 5
    # As the client wrote it: protobuf's JSON takes both spellings.
    sent = upstream.requests[-1].json["generationConfig"]["thinkingConfig"]
    assert sent == {"include_thoughts": True, "thinking_budget": 1024}


def test_a_chat(client, upstream):
    """The client's own sessions keep the turns."""
    session = client.chats.create(model="chat")
    session.send_message("One")
    assert "".join(chunk.text or "" for chunk in session.send_message_stream("Two")) == TEXT
    turns = [turn["role"] for turn in upstream.requests[-1].json["messages"]]
    assert turns == ["user", "assistant", "user"]


def test_counting_tokens(client, upstream, tandem):
    """`countTokens` asks a Gemini provider about the whole request and is estimated otherwise."""
    turns = [types.Content(role=role, parts=[types.Part(text=QUESTION)])
             for role in ("user", "model", "user")]  # fmt: skip
    assert client.models.count_tokens(model="gemini", contents=turns).total_tokens == 30
    asked = upstream.requests[-1]
    assert asked.path == "/v1beta/models/mock:countTokens"
    assert asked.json["generateContentRequest"]["model"] == "models/mock"
    assert 3 < client.models.count_tokens(model="chat", contents=turns).total_tokens < 40
    assert tandem.request("GET", "/api/tandem/v1/ledger").json()["data"] == []


@pytest.mark.parametrize("endpoint", ["embed", "embed-google"])
def test_embeddings(client, openai_client, tandem, upstream, endpoint):
    """Each client gets the vectors of each provider."""
    answer = client.models.embed_content(
        model=endpoint, contents=["one", "two"], config={"output_dimensionality": 8})
    vectors = [one.values for one in answer.embeddings]
    expected = [embedding_vector(text) for text in ("one", "two")]
    assert vectors == [pytest.approx(vector, rel=1e-6) for vector in expected]
    sent = upstream.requests[-1].json
    if endpoint == "embed":
        assert sent["input"] == ["one", "two"] and sent["dimensions"] == 8
    else:
        assert sent["requests"][1]["content"]["parts"] == [{"text": "two"}]
        assert sent["requests"][0]["model"] == "models/mock-embed"
    data = openai_client.embeddings.create(model=endpoint, input=["one", "two"]).data
    assert [one.embedding for one in data] == [
        pytest.approx(vector, rel=1e-6) for vector in expected]  # fmt: skip
    def both_rows():
        rows = tandem.ledger(filter=f'endpoint = "{endpoint}"')
        return rows if len(rows) == 2 else None

    assert all(row["input_tokens"] > 0 for row in until(both_rows, 2, "two rows"))


def test_models(client, tandem):
    names = {model.name: model.supported_actions for model in client.models.list()}
    assert names.keys() >= {"models/chat", "models/claude", "models/gemini", "models/embed"}
    assert "generateContent" in names["models/chat"] and "embedContent" in names["models/embed"]
    assert client.models.get(model="claude").display_name == "claude"
    listed = tandem.request("GET", "/v1beta/models").json()["models"]
    assert {model["name"] for model in listed} == names.keys()
    assert "data" in tandem.request("GET", "/v1/models").json()


@pytest.mark.parametrize("streamed", [False, True])
def test_an_openai_client_on_a_gemini_provider(openai_client, upstream, streamed):
    """Cached tokens and thoughts are counted once although the two APIs count them differently."""
    upstream.queue("normal;cached_tokens=8;reasoning_tokens=4")
    ask = {"model": "gemini", "max_tokens": 50, "stop": ["END"], "messages": [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]}
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
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (20, 13, 33)
    assert usage.prompt_tokens_details.cached_tokens == 8
    assert usage.completion_tokens_details.reasoning_tokens == 4
    sent = upstream.requests[-1]
    method = "streamGenerateContent?alt=sse" if streamed else "generateContent"
    assert sent.path == f"/v1beta/models/mock:{method}"
    assert sent.json["generationConfig"] == {"maxOutputTokens": 50, "stopSequences": ["END"]}
    assert sent.json["systemInstruction"] == {"parts": [{"text": "Be brief."}]}


@pytest.mark.parametrize("streamed", [False, True])
def test_openai_tools_on_a_gemini_provider(openai_client, upstream, streamed):
    """Tools over two turns: the name of the function comes back to Gemini with the result."""
    upstream.queue("normal;tool=weather")
    tool = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
    turns = [{"role": "user", "content": QUESTION}]
    ask = {"model": "gemini", "tools": [tool]}
    if streamed:
        chunks = list(openai_client.chat.completions.create(**ask, messages=turns, stream=True))
        pieces = [c.choices[0].delta.tool_calls[0] for c in chunks
                  if c.choices and c.choices[0].delta.tool_calls]  # fmt: skip
        call_id, name = pieces[0].id, pieces[0].function.name
        arguments = "".join(piece.function.arguments or "" for piece in pieces)
        finish = [c.choices[0].finish_reason for c in chunks if c.choices][-1]
    else:
        choice = openai_client.chat.completions.create(**ask, messages=turns).choices[0]
        call = choice.message.tool_calls[0]
        call_id, name, arguments = call.id, call.function.name, call.function.arguments
        finish = choice.finish_reason
    assert (name, finish) == ("weather", "tool_calls")
    assert json.loads(arguments) == {"city": "Lyon"}
    said = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    turns += [{"role": "assistant", "content": None, "tool_calls": [said]},
              {"role": "tool", "tool_call_id": call_id, "content": "Sunny"}]  # fmt: skip
    answer = openai_client.chat.completions.create(**ask, messages=turns)
    assert answer.choices[0].message.content == TEXT
    parts = upstream.requests[-1].json["contents"][2]["parts"]
    assert parts == [{"functionResponse": {"name": "weather", "response": {"output": "Sunny"}}}]


@pytest.mark.parametrize("streamed", [False, True])
def test_an_anthropic_client_on_a_gemini_provider(claude_client, upstream, streamed):
    upstream.queue("normal;cached_tokens=8;reasoning_tokens=4")
    ask = {"model": "gemini", "max_tokens": 2048, "system": "Be brief.",
           "thinking": {"type": "enabled", "budget_tokens": 1024},
           "messages": [{"role": "user", "content": QUESTION}]}  # fmt: skip
    if streamed:
        with claude_client.messages.stream(**ask) as stream:
            message = stream.get_final_message()
    else:
        message = claude_client.messages.create(**ask)
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[1].text == TEXT and message.stop_reason == "end_turn"
    assert (message.usage.input_tokens, message.usage.cache_read_input_tokens) == (12, 8)
    assert message.usage.output_tokens == 13
    sent = upstream.requests[-1].json["generationConfig"]["thinkingConfig"]
    assert sent == {"includeThoughts": True, "thinkingBudget": 1024}
    counted = claude_client.messages.count_tokens(model="gemini", messages=ask["messages"])
    assert counted.input_tokens == 10


@pytest.mark.parametrize("streamed", [False, True])
def test_a_prompt_that_was_blocked(client, openai_client, upstream, streamed):
    """Every client learns that the filter ended it; the prompt is paid for."""
    upstream.queue("blocked_prompt", "blocked_prompt")
    messages = [{"role": "user", "content": QUESTION}]
    if streamed:
        chunks = list(client.models.generate_content_stream(model="gemini", contents=QUESTION))
        answer = chunks[-1]
        choice = list(openai_client.chat.completions.create(
            model="gemini", messages=messages, stream=True))[-1].choices[0]  # fmt: skip
    else:
        answer = client.models.generate_content(model="gemini", contents=QUESTION)
        choice = openai_client.chat.completions.create(
            model="gemini", messages=messages).choices[0]  # fmt: skip
    assert answer.prompt_feedback.block_reason == types.BlockedReason.PROHIBITED_CONTENT
    assert not answer.candidates
    assert choice.finish_reason == "content_filter"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_limit_is_a_limit(client, upstream, endpoint):
    reason = {"claude": "max_tokens", "gemini": "MAX_TOKENS"}.get(endpoint, "length")
    upstream.queue(f"normal;finish={reason}", f"normal;finish={reason}")
    answer = client.models.generate_content(model=endpoint, contents=QUESTION)
    assert answer.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
    chunks = list(client.models.generate_content_stream(model=endpoint, contents=QUESTION))
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.MAX_TOKENS


def test_errors_have_the_shape_of_google(client, tandem, upstream):
    """Errors have the shape of the surface that they are on, whoever the provider is."""
    with pytest.raises(errors.ClientError) as unknown:
        client.models.generate_content(model="nobody", contents=QUESTION)
    assert (unknown.value.code, unknown.value.status) == (404, "NOT_FOUND")
    assert "chat" in unknown.value.message
    detail = unknown.value.details["error"]["details"][0]
    assert detail["reason"] == "model_not_found" and len(detail["metadata"]["trace_id"]) == 32
    for endpoint in ENDPOINTS:
        upstream.queue("status_429;retry_after=30")
        with pytest.raises(errors.ClientError) as limited:
            client.models.generate_content(model=endpoint, contents=QUESTION)
        assert (limited.value.code, limited.value.status) == (429, "RESOURCE_EXHAUSTED")
    upstream.queue("status_429;retry_delay=34s")
    answer = tandem.request("POST", "/v1beta/models/gemini:generateContent",
                            body={"contents": [{"parts": [{"text": "x"}]}]})  # fmt: skip
    assert answer.status == 429 and answer.headers["retry-after"] == "34"
    assert answer.error["details"][-1]["retryDelay"] == "34s"
    upstream.queue("status_503")
    with pytest.raises(errors.ServerError) as down:
        client.models.generate_content(model="gemini", contents=QUESTION)
    assert down.value.status == "UNAVAILABLE"
    wrong = genai.Client(api_key="tk-nobody", http_options={"base_url": tandem.url})
    with pytest.raises(errors.ClientError) as stranger:
        wrong.models.generate_content(model="chat", contents=QUESTION)
    assert (stranger.value.code, stranger.value.status) == (401, "UNAUTHENTICATED")
    wrong.close()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("fault", ["cut_mid_event", "cut_between_events", "error_event"])
def test_a_stream_that_breaks_is_never_whole(client, tandem, upstream, endpoint, fault):
    """"A broken stream ends with an error event": the client raises, and there is no reason."""
    upstream.queue(f"{fault};after=5")
    seen = []
    with pytest.raises(errors.APIError):
        for chunk in client.models.generate_content_stream(model=endpoint, contents=QUESTION):
            seen.append(chunk)
    assert seen and not any(chunk.candidates[0].finish_reason for chunk in seen)
    row = tandem.ledger_rows(header(seen[0], "x-request-id"))[0]
    assert row["state"] == "estimated" and row["cost_nano_usd"] > 0


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_error_behind_a_200_is_a_failure(client, upstream, endpoint):
    upstream.queue("error_200", "error_200")
    with pytest.raises(errors.ServerError):
        client.models.generate_content(model=endpoint, contents=QUESTION)
    with pytest.raises(errors.ServerError):
        list(client.models.generate_content_stream(model=endpoint, contents=QUESTION))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_stream_as_one_list(tandem, key, upstream, endpoint):
    """Without alt=sse a stream is one JSON list that arrives in pieces; a broken one says so."""
    body = {"contents": [{"role": "user", "parts": [{"text": QUESTION}]}]}
    path = f"/v1beta/models/{endpoint}:streamGenerateContent"
    answer = tandem.request("POST", path, body=body, key=key)
    assert answer.headers["content-type"].startswith("application/json")
    elements = answer.json()
    assert len(elements) > 5
    texts = [part.get("text", "") for element in elements
             for part in element["candidates"][0]["content"]["parts"]]  # fmt: skip
    assert "".join(texts) == TEXT
    assert elements[-1]["candidates"][0]["finishReason"] == "STOP"
    assert elements[-1]["usageMetadata"]["candidatesTokenCount"] == 9
    upstream.queue("cut_between_events;after=5")
    broken = tandem.request("POST", path, body=body, key=key).json()
    assert broken[-1]["error"]["status"] == "UNAVAILABLE"


def test_a_key_in_the_query_is_never_written_down(tandem, key):
    """`?key=` is for Google's clients alone, and neither the log nor a trace holds it."""
    body = {"contents": [{"parts": [{"text": QUESTION}]}]}
    path = f"/v1beta/models/gemini:generateContent?key={key}"
    answer = tandem.request("POST", path, body=body, key="")
    assert answer.status == 200
    refused = tandem.request("POST", f"/v1/chat/completions?key={key}", body={}, key="")
    assert refused.status == 401
    unknown = tandem.request("POST", f"/v1beta/models/nobody:generateContent?key={key}",
                             body=body, key="")  # fmt: skip
    assert unknown.status == 404 and key not in unknown.body.decode()
    trace_id = answer.headers["x-tandem-trace-id"]
    tandem.ledger_rows(answer.headers["x-request-id"])
    trace = tandem.request("GET", f"/api/tandem/v1/traces/{trace_id}")
    assert trace.status == 200 and key not in trace.body.decode()
    assert key not in tandem.log_path.read_text()


def test_unknown_fields_keep_their_bytes(tandem, upstream):
    """On the same dialect, unknown fields keep their bytes both ways."""
    upstream.queue('normal;extra="novel": {"a": 1.50}')
    body = b'{"contents":[{"parts":[{"text":"x"}]}], "novel": {"b": 2.50}}'
    answer = tandem.request("POST", "/v1beta/models/gemini:generateContent", body=body,
                            headers={"content-type": "application/json"})  # fmt: skip
    assert b'"novel": {"a": 1.50}' in answer.body
    assert upstream.requests[-1].body == body
    stable = tandem.request("POST", "/v1/models/gemini:generateContent", body=body,
                            headers={"content-type": "application/json"})  # fmt: skip
    assert stable.status == 200


def test_what_a_provider_cannot_say(client, upstream):
    """An option that the target cannot honour is refused by name, or named as dropped."""
    config = {"tools": [{"google_search": {}}]}
    with pytest.raises(errors.ClientError) as refused:
        client.models.generate_content(model="chat", contents=QUESTION, config=config)
    assert refused.value.status == "INVALID_ARGUMENT" and "googleSearch" in refused.value.message
    assert not upstream.requests
    settings = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
    answer = client.models.generate_content(
        model="chat", contents=QUESTION, config={"safety_settings": settings, "top_k": 5})
    assert header(answer, "x-tandem-dropped").split(", ") == ["top_k", "safetySettings"]


def test_secrets_do_not_pass(client, upstream):
    """The guard reads Gemini's requests and answers as every other."""
    secret = "AKIAQ3EGRLTWMPLEX7ZK"
    for endpoint in ENDPOINTS:
        upstream.queue(f"normal;text=the key {secret} is here")
        chunks = list(client.models.generate_content_stream(
            model=endpoint, contents=f"mine is {secret}"))  # fmt: skip
        text = "".join(chunk.text or "" for chunk in chunks)
        assert secret not in text and "the key" in text and "is here" in text
        assert secret not in str(upstream.requests[-1].json)


def test_a_key_calls_only_its_endpoints(tandem):
    """Scopes hold on this surface as on every other."""
    key = tandem.make_key(name="narrow", endpoints=["gemini"])["key"]
    body = {"contents": [{"parts": [{"text": QUESTION}]}]}
    for method in ("generateContent", "streamGenerateContent", "countTokens"):
        outside = tandem.request("POST", f"/v1beta/models/chat:{method}", body=body, key=key)
        assert (outside.status, outside.error["status"]) == (403, "PERMISSION_DENIED")
    listed = tandem.request("GET", "/v1beta/models", key=key).json()["models"]
    assert [model["name"] for model in listed] == ["models/gemini"]
    assert tandem.request("GET", "/v1beta/models/chat", key=key).status == 403
    assert tandem.request("GET", "/v1beta/models", key="").status == 401
