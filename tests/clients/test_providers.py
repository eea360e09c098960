"""The unmodified `openai` and `anthropic` clients on providers with APIs of their own: Azure
OpenAI, Amazon Bedrock and Cohere. One behaviour, and each provider gets what it expects."""

from __future__ import annotations

import datetime
import io

import anthropic
import openai
import pytest
from awscrt.auth import (
    AwsCredentialsProvider,
    AwsSignatureType,
    AwsSignedBodyHeaderType,
    AwsSigningAlgorithm,
    AwsSigningConfig,
    aws_sign_request,
)
from awscrt.http import HttpHeaders, HttpRequest
from calls import chat, stream_chat
from configurations import PRICE, chat_endpoint, configuration
from upstream import Shape
from upstream.cohere_answers import PLAN

TEXT = Shape().text
TOOL = {"name": "weather", "description": "The weather of a city.",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}
QUESTION = [{"role": "user", "content": "Hello there"}]
ACCESS_KEY, SECRET_KEY, SESSION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", "session+token=="
ARN = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0"
ENVIRONMENT = {"AZURE_KEY": "azure-secret", "COHERE_KEY": "cohere-secret", "AWS_ID": ACCESS_KEY,
               "AWS_SECRET": SECRET_KEY, "AWS_SESSION": SESSION}  # fmt: skip
ENDPOINTS = ["azure", "azure-dated", "bedrock", "cohere"]


@pytest.fixture
def tandem(start_tandem, upstream):
    base = upstream.url.removesuffix("/v1")
    azure = {"kind": "azure", "base_url": base, "api_key": "env:AZURE_KEY"}
    bedrock = {"kind": "bedrock", "base_url": base, "region": "eu-west-1", "api_key": "env:AWS_ID",
               "secret_key": "env:AWS_SECRET"}
    config = configuration(upstream)
    config["providers"].update({
        "azure": azure,
        "azure-dated": {**azure, "api_version": "2024-10-21"},
        "azure-entra": {**azure, "auth": "bearer"},
        "bedrock": bedrock,
        "bedrock-role": {**bedrock, "session_token": "env:AWS_SESSION"},
        "bedrock-key": {"kind": "bedrock", "base_url": base, "region": "eu-west-1",
                        "api_key": "env:AWS_ID"},
        "cohere": {"kind": "cohere", "base_url": base, "api_key": "env:COHERE_KEY"},
    })  # fmt: skip
    for name in [*config["providers"]]:
        if name != "upstream":
            config["endpoints"][name] = chat_endpoint(provider_name=name)
    profile = chat_endpoint(provider_name="bedrock-role", model=ARN)
    config["endpoints"]["bedrock-role"] = profile
    config["endpoints"]["vectors"] = {**chat_endpoint(provider_name="cohere"), "kind": "embedding"}
    config["prices"][ARN] = PRICE
    config["providers"]["upstream"]["api_key"] = "env:AZURE_KEY"
    return start_tandem(config, environment=ENVIRONMENT)


@pytest.fixture
def key(tandem):
    return tandem.make_key()["key"]


@pytest.fixture
def openai_client(tandem, key):
    with openai.OpenAI(base_url=tandem.url + "/v1", api_key=key, max_retries=0) as made:
        yield made


@pytest.fixture
def anthropic_client(tandem, key):
    with anthropic.Anthropic(base_url=tandem.url, api_key=key, max_retries=0) as made:
        yield made


def row_of(tandem, headers) -> tuple:
    row = tandem.ledger_rows(headers["x-request-id"])[0]
    return row["state"], row["input_tokens"], row["output_tokens"], row["cost_nano_usd"]


SETTLED = ("settled", 20, 9, 38_000)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_openai_chat(openai_client, tandem, endpoint):
    raw = openai_client.chat.completions.with_raw_response.create(
        model=endpoint, max_tokens=50, messages=QUESTION)
    answer = raw.parse()
    choice = answer.choices[0]
    assert (answer.model, choice.message.content, choice.finish_reason) == (endpoint, TEXT, "stop")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (20, 9)
    assert row_of(tandem, raw.headers) == SETTLED


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_openai_stream(openai_client, tandem, endpoint):
    stream = openai_client.chat.completions.create(
        model=endpoint, max_tokens=50, messages=QUESTION, stream=True,
        stream_options={"include_usage": True})
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == TEXT
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (20, 9)
    assert row_of(tandem, stream.response.headers) == SETTLED


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("streamed", [False, True])
def test_openai_tools_over_two_turns(openai_client, upstream, endpoint, streamed):
    upstream.queue("normal;tool=weather")
    tool = {"type": "function", "function": {"name": "weather", "parameters": TOOL["input_schema"]}}
    ask = {"model": endpoint, "max_tokens": 50, "tools": [tool]}
    if streamed:
        chunks = list(openai_client.chat.completions.create(**ask, messages=QUESTION, stream=True))
        pieces = [c.choices[0].delta.tool_calls[0] for c in chunks
                  if c.choices and c.choices[0].delta.tool_calls]
        name, call_id = pieces[0].function.name, pieces[0].id
        arguments = "".join(piece.function.arguments or "" for piece in pieces)
    else:
        call = openai_client.chat.completions.create(
            **ask, messages=QUESTION).choices[0].message.tool_calls[0]
        name, call_id, arguments = call.function.name, call.id, call.function.arguments
    assert (name, arguments.replace(" ", "")) == ("weather", '{"city":"Lyon"}')
    said = {"id": call_id, "type": "function",
            "function": {"name": name, "arguments": arguments}}
    turns = [*QUESTION, {"role": "assistant", "content": None, "tool_calls": [said]},
             {"role": "tool", "tool_call_id": call_id, "content": "Sunny, 25 degrees"}]
    answer = openai_client.chat.completions.create(**ask, messages=turns)
    assert answer.choices[0].message.content == TEXT
    sent = str(upstream.requests[-1].json["messages"])
    assert "Sunny, 25 degrees" in sent and call_id in sent


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_anthropic_message_whole_and_streamed(anthropic_client, tandem, endpoint):
    ask = {"model": endpoint, "max_tokens": 50, "system": "Be brief.", "messages": QUESTION}
    whole = anthropic_client.messages.create(**ask)
    with anthropic_client.messages.stream(**ask) as stream:
        streamed = stream.get_final_message()
    for message in (whole, streamed):
        assert [block.text for block in message.content] == [TEXT]
        assert (message.model, message.stop_reason) == (endpoint, "end_turn")
        assert message.usage.output_tokens == 9
    assert row_of(tandem, stream.response.headers) == SETTLED


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_anthropic_tools_streamed(anthropic_client, upstream, endpoint):
    upstream.queue("normal;tool=weather")
    with anthropic_client.messages.stream(model=endpoint, max_tokens=50, tools=[TOOL],
                                          messages=QUESTION) as stream:
        message = stream.get_final_message()
    call = next(block for block in message.content if block.type == "tool_use")
    assert (call.name, call.input, message.stop_reason) == ("weather", {"city": "Lyon"}, "tool_use")


# --- Azure ----------------------------------------------------------------------------------------


def test_azures_paths_and_headers(openai_client, upstream):
    """Without a version the API's version 1 and the deployment as model, with one the deployment in
    the path."""
    for endpoint in ("azure", "azure-dated", "azure-entra"):
        openai_client.chat.completions.create(model=endpoint, messages=QUESTION)
    plain, dated, entra = upstream.requests
    assert plain.path == "/openai/v1/chat/completions" and plain.json["model"] == "mock"
    assert dated.path == "/openai/deployments/mock/chat/completions?api-version=2024-10-21"
    assert plain.header("api-key") == dated.header("api-key") == "azure-secret"
    assert plain.header("authorization") is None
    assert entra.header("authorization") == "Bearer azure-secret" and not entra.header("api-key")


@pytest.mark.parametrize("client", ["openai_client", "anthropic_client"])
def test_azures_filter_refuses(client, request, upstream):
    """A content-filter refusal is final and keeps the provider's code."""
    upstream.queue("azure_filter")
    made = request.getfixturevalue(client)
    if client == "openai_client":
        with pytest.raises(openai.BadRequestError) as refused:
            made.chat.completions.create(model="azure", messages=QUESTION)
        assert refused.value.code == "content_filter"
    else:
        with pytest.raises(anthropic.BadRequestError) as refused:
            made.messages.create(model="azure", max_tokens=5, messages=QUESTION)
    assert "content filter" in str(refused.value)
    assert len(upstream.requests) == 1


# --- Bedrock --------------------------------------------------------------------------------------


def signature_of(recorded, token: str | None) -> str:
    """What AWS's own library signs for the same request at the same time."""
    headers = HttpHeaders([("content-type", "application/json"), ("host", recorded.header("host"))])
    request = HttpRequest("POST", recorded.path, headers, io.BytesIO(recorded.body))
    when = datetime.datetime.strptime(recorded.header("x-amz-date"), "%Y%m%dT%H%M%SZ")
    signing = AwsSigningConfig(
        algorithm=AwsSigningAlgorithm.V4,
        signature_type=AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=AwsCredentialsProvider.new_static(ACCESS_KEY, SECRET_KEY, token),
        region="eu-west-1", service="bedrock", date=when.replace(tzinfo=datetime.timezone.utc),
        use_double_uri_encode=True, signed_body_header_type=AwsSignedBodyHeaderType.NONE,
    )  # fmt: skip
    signed = dict(aws_sign_request(request, signing).result(5).headers)
    return signed["Authorization"]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("endpoint", "token"), [("bedrock", None), ("bedrock-role", SESSION)])
def test_bedrock_is_signed_as_aws_signs(openai_client, upstream, endpoint, token, streamed):
    answer = openai_client.chat.completions.create(
        model=endpoint, messages=[{"role": "user", "content": "Grüße, 世界"}], stream=streamed)
    if streamed:
        list(answer)
    sent = upstream.requests[-1]
    model = "mock" if endpoint == "bedrock" else ARN.replace(":", "%3A").replace("/", "%2F")
    assert sent.path == f"/model/{model}/converse{'-stream' if streamed else ''}"
    assert sent.header("x-amz-security-token") == token
    assert sent.header("authorization") == signature_of(sent, token)


def test_bedrocks_own_api_key(openai_client, upstream):
    openai_client.chat.completions.create(model="bedrock-key", messages=QUESTION)
    assert upstream.requests[-1].header("authorization") == f"Bearer {ACCESS_KEY}"


def test_bedrocks_secrets_are_renewed_without_a_restart(start_tandem, upstream, tmp_path):
    """What a role's agent writes into its files is used within a second."""
    def write(number: int) -> None:
        for name in ("id", "secret", "token"):
            (tmp_path / name).write_text(f"{name}-{number}\n")

    write(1)
    config = configuration(upstream)
    config["providers"] = {"bedrock": {
        "kind": "bedrock", "base_url": upstream.url.removesuffix("/v1"), "region": "eu-west-1",
        "api_key": f"file:{tmp_path / 'id'}", "secret_key": f"file:{tmp_path / 'secret'}",
        "session_token": f"file:{tmp_path / 'token'}",
    }}  # fmt: skip
    config["endpoints"] = {"chat": chat_endpoint(provider_name="bedrock")}
    tandem = start_tandem(config)
    assert chat(tandem).status == 200
    assert "Credential=id-1/" in upstream.requests[-1].header("authorization")
    write(2)
    upstream.wait_until(lambda seen: chat(tandem).status == 200
                        and "Credential=id-2/" in seen.requests[-1].header("authorization")
                        and seen.requests[-1].header("x-amz-security-token") == "token-2", 5)


@pytest.mark.parametrize(("kind", "fields"), [
    ("bedrock", {"region": "eu-west-1"}), ("azure", {}), ("cohere", {}),
])  # fmt: skip
def test_a_refused_key_of_any_provider_rests(start_tandem, upstream, kind, fields):
    """Several keys work the same way whatever proves them."""
    keys = [{"name": "first", "key": "env:FIRST"}, {"name": "second", "key": "env:SECOND"}]
    if kind == "bedrock":
        keys = [{**key, "secret_key": "env:AWS_SECRET"} for key in keys]
    config = configuration(upstream)
    config["providers"] = {"many": {"kind": kind, "base_url": upstream.url.removesuffix("/v1"),
                                    "api_keys": keys, **fields}}  # fmt: skip
    config["endpoints"] = {"chat": chat_endpoint(provider_name="many")}
    tandem = start_tandem(config, environment={
        "FIRST": "key-one", "SECOND": "key-two", "AWS_SECRET": SECRET_KEY})
    upstream.default = upstream.default.parse("by_key;refused=key-one;status=403")
    assert [chat(tandem).status for _ in range(16)] == [200] * 16
    scripts = [request.header("authorization") or request.header("api-key")
               for request in upstream.requests]
    assert sum("key-one" in given for given in scripts) == 1
    assert sum("key-two" in given for given in scripts) == 16


def test_bedrocks_cache_is_counted_once(anthropic_client, openai_client, tandem, upstream):
    upstream.queue(*2 * ["normal;cached_tokens=8"])
    usage = anthropic_client.messages.create(
        model="bedrock", max_tokens=5, messages=QUESTION).usage
    assert (usage.input_tokens, usage.cache_read_input_tokens) == (12, 8)
    usage = openai_client.chat.completions.create(model="bedrock", messages=QUESTION).usage
    assert (usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens) == (20, 8)


def test_bedrocks_thinking_comes_back(anthropic_client, upstream):
    upstream.queue("normal;reasoning_tokens=5")
    with anthropic_client.messages.stream(
            model="bedrock", max_tokens=2048, messages=QUESTION) as stream:
        thought = stream.get_final_message().content[0]
    assert thought.type == "thinking"
    assert (thought.thinking, thought.signature) == ("Let me see.", "c2ln")


def test_bedrocks_guardrail_is_a_content_filter(openai_client, upstream):
    upstream.queue("normal;finish=content_filter")
    answer = openai_client.chat.completions.create(model="bedrock", messages=QUESTION)
    assert answer.choices[0].finish_reason == "content_filter"


REFUSALS = [
    ("aws_refusal;retry_after=1", 429, "rate_limit_exceeded"),
    ("aws_refusal;status=400;name=ValidationException;message=The model is unknown.", 400,
     "ValidationException"),
    ("aws_refusal;status=400;name=ValidationException;message=Input is too long for requested "
     "model.", 400, "context_length_exceeded"),
    ("aws_refusal;status=503;name=ServiceUnavailableException;message=Busy.", 502, None),
]  # fmt: skip


@pytest.mark.parametrize(("script", "status", "code"), REFUSALS)
def test_bedrocks_refusals(tandem, upstream, script, status, code):
    upstream.queue(script)
    answer = chat(tandem, model="bedrock")
    assert answer.status == status, answer.body
    if code and status != 429:
        assert answer.error["code"] == code
    assert answer.error["message"]


BROKEN = ["exception_mid_stream", "exception_mid_stream;name=modelStreamErrorException",
          "wrong_checksum", "cut_mid_event", "cut_between_events", "stall_mid_stream"]  # fmt: skip


@pytest.mark.parametrize("script", BROKEN)
def test_bedrocks_broken_streams(tandem, upstream, script):
    """A broken stream ends with an error event and without [DONE]; what came is paid for."""
    upstream.queue(script)
    stream = stream_chat(tandem, model="bedrock")
    assert stream.status == 200 and not stream.done and stream.error, stream.raw
    assert TEXT.startswith(stream.text) and stream.text
    row = tandem.ledger_rows(stream.request_id)[0]
    assert row["state"] == "estimated" and row["output_tokens"] > 0


@pytest.mark.parametrize("script", ["exception_mid_stream;after=0", "wrong_checksum;after=0"])
def test_bedrocks_streams_that_fail_at_once_fall_over(start_tandem, upstream, script):
    config = configuration(upstream)
    config["providers"]["bedrock"] = {
        "kind": "bedrock", "base_url": upstream.url.removesuffix("/v1"), "region": "eu-west-1",
        "api_key": "env:AWS_ID", "secret_key": "env:AWS_SECRET",
    }  # fmt: skip
    config["endpoints"]["chat"] = chat_endpoint(
        provider_name="bedrock", fallback=[{"provider": "upstream", "model": "mock"}])
    config["providers"]["upstream"]["api_key"] = "env:AZURE_KEY"
    tandem = start_tandem(config, environment=ENVIRONMENT)
    upstream.queue(script)
    stream = stream_chat(tandem)
    assert (stream.status, stream.text, stream.done) == (200, TEXT, True)
    assert stream.headers["x-tandem-target"] == "upstream/mock"


# --- Cohere ---------------------------------------------------------------------------------------


def test_coheres_path_and_key(openai_client, upstream):
    openai_client.chat.completions.create(model="cohere", messages=QUESTION)
    sent = upstream.requests[-1]
    assert (sent.path, sent.header("authorization")) == ("/v2/chat", "Bearer cohere-secret")
    assert sent.json["model"] == "mock"


def test_coheres_plan_is_thinking(tandem, upstream):
    upstream.queue("normal;tool=weather")
    answer = chat(tandem, model="cohere").json()
    assert answer["choices"][0]["message"]["reasoning_content"] == PLAN


def test_coheres_refusal_keeps_its_sentence(tandem, upstream):
    upstream.queue("cohere_refusal")
    answer = chat(tandem, model="cohere")
    assert answer.status == 400 and "invalid request: bad model" in answer.error["message"]


def test_coheres_embeddings(openai_client, tandem, upstream):
    from upstream.answers import embedding_vector

    raw = openai_client.embeddings.with_raw_response.create(
        model="vectors", input=["one", "two"], extra_body={"input_type": "search_query"})
    vectors = [row.embedding for row in raw.parse().data]
    assert vectors == [embedding_vector("one"), embedding_vector("two")]
    sent = upstream.requests[-1]
    assert sent.path == "/v2/embed"
    assert sent.json == {"model": "mock", "texts": ["one", "two"], "input_type": "search_query",
                         "embedding_types": ["float"]}
    assert row_of(tandem, raw.headers)[:2] == ("settled", 20)
