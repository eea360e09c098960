"""The upstream itself: its good answers please the real client, and each fault is what its name
says, seen on a raw socket."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import openai
import pytest
from google import genai

from upstream import FAULTS, Script, Shape, Upstream
from upstream.answers import embedding_vector
from upstream.bedrock_answers import frame

BODY = {"model": "mock", "messages": [{"role": "user", "content": "hi"}]}
STREAM = {**BODY, "stream": True, "stream_options": {"include_usage": True}}


@pytest.fixture
def upstream():
    with Upstream() as server:
        yield server


@pytest.fixture
def client(upstream):
    with openai.OpenAI(base_url=upstream.url, api_key="sk-x", max_retries=0) as made:
        yield made


def raw(upstream, script: str, body: dict = STREAM, limit: int = 2**20, timeout_s=2.0) -> bytes:
    """Everything that comes on a plain socket, until the end, `limit` or `timeout_s` of silence."""
    payload = json.dumps(body).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-upstream-script: {script}\r\n"
        f"content-length: {len(payload)}\r\n\r\n"
    )
    seen = b""
    with socket.create_connection(("127.0.0.1", upstream.port), timeout=timeout_s) as sock:
        sock.sendall(head.encode() + payload)
        try:
            while len(seen) < limit and (piece := sock.recv(65536)):
                seen += piece
        except TimeoutError:
            seen += b"<silence>"
        except ConnectionResetError:
            seen += b"<reset>"
        else:
            seen += b"" if len(seen) >= limit else b"<end>"
    return seen


def stream_text(upstream, script: str) -> str:
    """The decoded body of a streamed answer."""
    answer = httpx.post(f"{upstream.url}/chat/completions", json=STREAM,
                        headers={"x-upstream-script": script})  # fmt: skip
    assert answer.status_code == 200
    return answer.text


# --- good answers ---------------------------------------------------------------------------------


def test_chat_has_exactly_the_usage_that_was_asked_for(upstream, client):
    upstream.queue("normal;text=one two three;prompt_tokens=7;cached_tokens=4;reasoning_tokens=2")
    answer = client.chat.completions.create(**BODY)
    assert answer.choices[0].message.content == "one two three"
    assert answer.usage.prompt_tokens == 7
    assert answer.usage.completion_tokens == 3
    assert answer.usage.prompt_tokens_details.cached_tokens == 4
    assert answer.usage.completion_tokens_details.reasoning_tokens == 2
    seen = upstream.requests[0]
    assert seen.header("authorization") == "Bearer sk-x"
    upstream.wait_until(lambda _: seen.finished_at is not None)
    assert seen.client_gone_at is None


def test_streams_have_the_role_the_words_the_usage_and_done(upstream, client):
    chunks = list(client.chat.completions.create(**STREAM))
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == Shape().text
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.completion_tokens == 9
    assert stream_text(upstream, "normal").endswith("data: [DONE]\n\n")


def test_usage_comes_only_when_asked_for(upstream):
    body = {**BODY, "stream": True}
    answer = httpx.post(f"{upstream.url}/chat/completions", json=body)
    assert '"usage"' not in answer.text


def test_embeddings_in_both_encodings(upstream, client):
    texts = ["first", "second"]
    for encoding in ("float", "base64"):
        answer = client.embeddings.create(model="mock", input=texts, encoding_format=encoding)
        assert len(answer.data) == 2
    answer = client.embeddings.create(model="mock", input="first")  # base64 under the hood
    assert answer.data[0].embedding == embedding_vector("first")


def test_completions_tools_and_models(upstream, client):
    assert client.completions.create(model="mock", prompt="x").choices[0].text == Shape().text
    assert client.models.list().data[0].id == "mock"
    upstream.queue("tool_call", "tool_call")
    answer = client.chat.completions.create(**BODY)
    assert answer.choices[0].message.tool_calls[0].function.name == "get_weather"
    parts = [
        call.function.arguments
        for chunk in client.chat.completions.create(**STREAM) if chunk.choices
        for call in chunk.choices[0].delta.tool_calls or []
    ]  # fmt: skip
    assert json.loads("".join(parts)) == {"city": "Lyon"}


def test_extra_members_stand_in_the_answer_verbatim(upstream):
    extra = '"x_pi": 3.14159265358979323846, "x_e": "\\u00e9"'
    script = Script("normal", {"extra": extra})
    upstream.queue(script, script)
    for body in (BODY, STREAM):
        answer = httpx.post(f"{upstream.url}/chat/completions", json=body)
        assert extra.encode() in answer.content


# --- how scripts are chosen -----------------------------------------------------------------------


def test_the_queue_comes_before_header_and_model(upstream):
    upstream.queue("status_503")
    body = {**BODY, "model": "fault:status_502"}
    url = f"{upstream.url}/chat/completions"
    header = {"x-upstream-script": "status_500"}
    statuses = [httpx.post(url, json=body, headers=header).status_code for _ in range(2)]
    statuses.append(httpx.post(url, json=body).status_code)
    statuses.append(httpx.post(url, json=BODY).status_code)
    assert statuses == [503, 500, 502, 200]
    assert [seen.script for seen in upstream.requests] == [
        "status_503", "status_500", "status_502", "normal",
    ]  # fmt: skip


def test_a_script_that_does_not_exist_is_an_error(upstream):
    with pytest.raises(ValueError, match="no script is named"):
        upstream.queue("cut_in_half")
    with pytest.raises(ValueError, match="key=value"):
        upstream.queue("normal;text")


def test_every_script_has_a_sentence():
    assert all(function.__doc__ for function in FAULTS.values())


# --- faults ---------------------------------------------------------------------------------------


def test_statuses_and_their_headers(upstream):
    upstream.queue("status_429;retry_after=3;retry_after_ms=2500", "context_length",
                   "content_filter", "error_200", "html_200", "empty_200")  # fmt: skip
    url = f"{upstream.url}/chat/completions"
    limited = httpx.post(url, json=BODY)
    assert limited.status_code == 429
    assert limited.headers["retry-after"] == "3"
    assert limited.headers["retry-after-ms"] == "2500"
    assert limited.json()["error"]["code"] == "rate_limit_exceeded"
    assert httpx.post(url, json=BODY).json()["error"]["code"] == "context_length_exceeded"
    assert httpx.post(url, json=BODY).json()["error"]["code"] == "content_filter"
    hidden = httpx.post(url, json=BODY)
    assert hidden.status_code == 200 and "error" in hidden.json()
    assert httpx.post(url, json=BODY).headers["content-type"] == "text/html"
    assert httpx.post(url, json=BODY).content == b""


def test_cuts(upstream):
    body = raw(upstream, "cut_mid_body", BODY)
    assert body.endswith(b"<end>") and b"content-length" in body
    with pytest.raises(ValueError):
        json.loads(body.split(b"\r\n\r\n")[1].removesuffix(b"<end>"))
    event = raw(upstream, "cut_mid_event;after=2")
    assert event.count(b"data: ") == 3 and event.endswith(b"<end>") and b"[DONE]" not in event
    assert raw(upstream, "cut_mid_event;how=reset").endswith(b"<reset>")
    before_done = raw(upstream, "cut_before_done")
    assert b'"usage"' in before_done and b"[DONE]" not in before_done
    assert not before_done.endswith(b"0\r\n\r\n<end>")
    forgot = raw(upstream, "missing_done", timeout_s=0.3)
    assert forgot.endswith(b"0\r\n\r\n<silence>") and b"[DONE]" not in forgot
    lingering = raw(upstream, "lingers_after_done", timeout_s=0.3)
    assert b"[DONE]" in lingering and not lingering.endswith(b"0\r\n\r\n<silence>")
    assert raw(upstream, "cut_between_events", timeout_s=0.3).endswith(b"0\r\n\r\n<silence>")


def test_resets_and_closes(upstream):
    assert raw(upstream, "reset_on_request") == b"<reset>"
    assert raw(upstream, "close_on_request") == b"<end>"
    after = raw(upstream, "reset_after_headers")
    assert after.startswith(b"HTTP/1.1 200") and after.endswith(b"<reset>")
    upstream.queue("reset_on_accept")
    # When the reset comes depends on how far the client has got.
    with pytest.raises((httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError)):
        httpx.post(f"{upstream.url}/chat/completions", json=BODY)
    assert httpx.post(f"{upstream.url}/chat/completions", json=BODY).status_code == 200


def test_slowness(upstream):
    start = time.monotonic()
    assert b"<silence>" in raw(upstream, "never_answers", timeout_s=0.2)
    assert b"<silence>" in raw(upstream, "stall_mid_stream;after=2", timeout_s=0.2)
    assert time.monotonic() - start > 0.4
    start = time.monotonic()
    assert b'"choices"' in raw(upstream, "slow_headers;ms=2", BODY, timeout_s=0.3)
    assert time.monotonic() - start > 0.1
    resumed = raw(upstream, "stall_mid_stream;after=2;ms=50", timeout_s=0.3)
    assert b"[DONE]" in resumed


def test_lies_about_length(upstream):
    too_long = raw(upstream, "length_too_long", BODY, timeout_s=0.2)
    head, body = too_long.split(b"\r\n\r\n", 1)
    announced = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert announced == len(body.removesuffix(b"<silence>")) + 100
    too_short = raw(upstream, "length_too_short", BODY, timeout_s=0.2)
    head, body = too_short.split(b"\r\n\r\n", 1)
    announced = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert announced == len(body.removesuffix(b"<silence>")) - 100
    assert raw(upstream, "two_lengths", BODY, timeout_s=0.2).lower().count(b"content-length") == 2


def test_broken_protocol(upstream):
    assert b"\r\nzz\r\n" in raw(upstream, "chunked_garbage", timeout_s=0.2)
    assert raw(upstream, "not_http").startswith(b"SSH-2.0")
    events = stream_text(upstream, "malformed_event").split("\n\n")
    with pytest.raises(ValueError):
        json.loads(events[3].removeprefix("data: "))
    with pytest.raises(ValueError):
        httpx.post(f"{upstream.url}/chat/completions", json=BODY,
                   headers={"x-upstream-script": "malformed_body"}).json()  # fmt: skip


@pytest.mark.parametrize(
    "script", ["endless_headers", "endless_body", "endless_event", "flood", "oversized_event"]
)
def test_endless_things_come_fast_and_stop_when_the_client_leaves(upstream, script):
    assert len(raw(upstream, script, limit=4 * 2**20)) >= 4 * 2**20
    # One oversized event can fit the socket buffers: then all is sent before the client leaves.
    upstream.wait_until(
        lambda server: server.requests[-1].client_gone_at or server.requests[-1].finished_at
    )
    assert upstream.requests[-1].bytes_sent < 64 * 2**20
    upstream.wait_until(lambda server: server.connections_open == 0)


def test_usage_that_lies_or_lacks(upstream):
    url = f"{upstream.url}/chat/completions"
    upstream.queue("zero_usage", "missing_usage", "lying_usage", "negative_usage")
    assert httpx.post(url, json=BODY).json()["usage"]["total_tokens"] == 0
    assert "usage" not in httpx.post(url, json=BODY).json()
    assert httpx.post(url, json=BODY).json()["usage"]["completion_tokens"] == 10_000_000
    assert httpx.post(url, json=BODY).json()["usage"]["completion_tokens"] == -5000


def test_connections_that_end_without_notice(upstream):
    connection = http.client.HTTPConnection("127.0.0.1", upstream.port)
    headers = {"x-upstream-script": "close_without_notice"}
    connection.request("POST", "/v1/chat/completions", json.dumps(BODY), headers)
    answer = connection.getresponse()
    assert "connection" not in {name.lower() for name, _ in answer.getheaders()}
    assert answer.read() and connection.sock.recv(1) == b""
    assert raw(upstream, "until_close", BODY).endswith(b"}<end>")


def test_encodings_and_dialects_of_sse(upstream, client):
    plain = httpx.post(f"{upstream.url}/chat/completions", json=BODY,
                       headers={"x-upstream-script": "gzip_answer"})  # fmt: skip
    assert plain.headers["content-encoding"] == "gzip" and plain.json()["object"]
    assert gzip.decompress(gzip.compress(plain.content)) == plain.content
    assert "\r\n\r\n" in stream_text(upstream, "crlf_events")
    assert "\n" not in stream_text(upstream, "cr_events")
    assert stream_text(upstream, "comments").count(": keep-alive") == 12
    whole = stream_text(upstream, "normal")
    for script in ("split;bytes=1", "split;bytes=7", "one_write"):
        assert stream_text(upstream, script) == whole
    for script in ("crlf_events", "comments", "named_events", "split;bytes=3", "early_hints"):
        upstream.queue(script)
        chunks = list(client.chat.completions.create(**STREAM))
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert text == Shape().text, script


def test_it_notes_when_the_client_goes_away(upstream):
    with httpx.stream("POST", f"{upstream.url}/chat/completions", json=STREAM,
                      headers={"x-upstream-script": "normal;delta_ms=20;deltas=500"}) as answer:
        next(answer.iter_lines())  # fmt: skip
    seen = upstream.wait_until(lambda server: server.requests[-1].client_gone_at)
    assert seen - upstream.requests[-1].received_at < 2
    assert 1 <= upstream.requests[-1].events_sent < 200


def test_chunked_request_bodies_and_keep_alive(upstream):
    def pieces():
        yield json.dumps(BODY)[:10].encode()
        yield json.dumps(BODY)[10:].encode()

    with httpx.Client() as session:
        for _ in range(3):
            assert session.post(f"{upstream.url}/chat/completions", content=pieces()).is_success
    assert upstream.requests[2].json == BODY
    assert upstream.connections_seen == 1


def test_frames_are_those_of_aws():
    """`empty_message` and `payload_no_headers` of AWS's vectors for its encoding."""
    assert frame({}, b"").hex() == "000000100000000005c248eb7d98c8ff"
    assert frame({}, b"{'foo':'bar'}").hex() == (
        "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936")


def test_crowded_works_on_so_many_at_once(upstream):
    script = {"x-upstream-script": "crowded;at_once=2;delay_ms=100"}
    begun = time.monotonic()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: httpx.post(f"{upstream.url}/chat/completions", json=BODY,
                                           headers=script).raise_for_status(), range(6)))
    assert 0.3 <= time.monotonic() - begun < 0.9, "three rounds of two"


def test_responses_have_the_events_that_the_client_accumulates(upstream, client):
    """Whole and streamed: the client's own helper makes the same response of both."""
    ask = {"model": "mock", "input": "hi", "include": ["reasoning.encrypted_content"]}
    upstream.queue(*2 * ["normal;text=one two;reasoning_tokens=2;prompt_tokens=7"])
    whole = client.responses.create(**ask)
    with client.responses.stream(**ask) as stream:
        events = list(stream)
        streamed = stream.get_final_response()
    assert whole.output_text == streamed.output_text == "one two"
    assert whole.output[0].encrypted_content and whole.usage.input_tokens == 7
    assert [event.sequence_number for event in events] == list(range(len(events)))
    upstream.queue("normal;tool=weather")
    call = client.responses.create(**ask).output[0]
    assert (call.name, json.loads(call.arguments)) == ("weather", {"city": "Lyon"})


def test_its_gemini_answers_please_the_real_client(upstream):
    options = {"base_url": f"http://127.0.0.1:{upstream.port}"}
    with genai.Client(api_key="x", http_options=options) as client:
        ask = {"model": "mock", "contents": "hi"}
        upstream.queue("normal;reasoning_tokens=5;cached_tokens=8")
        answer = client.models.generate_content(**ask)
        usage = answer.usage_metadata
        assert (usage.prompt_token_count, usage.cached_content_token_count) == (20, 8)
        assert (usage.candidates_token_count, usage.thoughts_token_count) == (9, 5)
        assert usage.total_token_count == 34
        assert answer.candidates[0].content.parts[0].thought
        chunks = list(client.models.generate_content_stream(**ask))
        assert "".join(chunk.text for chunk in chunks) == answer.text == Shape().text
        assert [bool(chunk.candidates[0].finish_reason) for chunk in chunks].count(True) == 1
        upstream.queue("blocked_prompt", "status_429;retry_delay=3s", "error_event")
        assert client.models.generate_content(**ask).prompt_feedback.block_reason
        with pytest.raises(genai.errors.ClientError) as limited:
            client.models.generate_content(**ask)
        assert limited.value.status == "RESOURCE_EXHAUSTED"
        with pytest.raises(genai.errors.APIError):
            list(client.models.generate_content_stream(**ask))
        embedded = client.models.embed_content(model="mock", contents=["a", "b"])
        assert [one.values for one in embedded.embeddings] == [
            pytest.approx(embedding_vector(text)) for text in "ab"]  # fmt: skip
        assert client.models.count_tokens(**ask).total_tokens == 10
