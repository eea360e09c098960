"""Moderations, images and audio with the unmodified openai client."""

from __future__ import annotations

import base64
import io

import openai
import pytest
from calls import until
from configurations import chat_endpoint, configuration
from upstream.operation_answers import MP3, PNG, TRANSCRIPT, read_form

SECRET = "AKIAQ3EGRIAJ5XZWBN7T"


def endpoint(kind: str, model: str) -> dict:
    return {**chat_endpoint(model=model), "kind": kind}


@pytest.fixture
def tandem(start_tandem, upstream):
    config = configuration(upstream, {
        "moderation": endpoint("moderation", "omni-moderation-latest"),
        "draw": endpoint("image", "dall-e-3"), "paint": endpoint("image", "gpt-image-1"),
        "speak": endpoint("audio", "tts-1"), "listen": endpoint("audio", "whisper-1"),
        "hear": endpoint("audio", "gpt-4o-transcribe"),
    })  # fmt: skip
    config["prices"] |= {
        "dall-e-3": {"image": 0.04}, "gpt-image-1": {"input": 10.0, "output": 40.0},
        "tts-1": {"thousand_rows": 0.015}, "whisper-1": {"second": 0.0001},
        "gpt-4o-transcribe": {"input": 6.0, "output": 10.0},
    }  # fmt: skip
    return start_tandem(config, environment={"UPSTREAM_KEY": "sk-upstream-key"})


@pytest.fixture
def client(tandem):
    with openai.OpenAI(
        base_url=f"{tandem.url}/v1", api_key=tandem.admin_key, max_retries=0
    ) as made:
        yield made


def row_of(tandem, name: str) -> dict:
    """The only row of that endpoint: readable within a second."""
    (row,) = until(lambda: tandem.ledger(endpoint=name), 1)
    return row


def form_of(request) -> dict:
    return read_form(request.body, request.header("content-type"))


def test_moderations(client, tandem, upstream):
    answer = client.moderations.create(model="moderation", input=["a text", f"and {SECRET}"])
    assert len(answer.results) == 2
    assert answer.model == "moderation"
    assert not answer.results[0].flagged
    sent = upstream.requests[0].json
    assert sent["model"] == "omni-moderation-latest"
    assert SECRET not in sent["input"][1]
    assert row_of(tandem, "moderation")["kind"] == "moderation"
    # Without a model, as most write it; and with parts.
    parts = [{"type": "text", "text": "what is it"},
             {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]  # fmt: skip
    assert len(client.moderations.create(input=parts).results) == 1
    assert upstream.requests[1].json == {"input": parts, "model": "omni-moderation-latest"}


def test_without_an_endpoint_the_error_says_how_to_make_one(start_tandem, upstream):
    tandem = start_tandem(configuration(upstream), environment={"UPSTREAM_KEY": "k"})
    with openai.OpenAI(base_url=f"{tandem.url}/v1", api_key=tandem.admin_key) as client:
        with pytest.raises(openai.NotFoundError) as refused:
            client.moderations.create(input="x")
    assert refused.value.code == "model_not_found"
    assert "kind: moderation" in refused.value.message


def test_images_are_counted(client, tandem, upstream):
    answer = client.images.generate(model="draw", prompt=f"a cat with {SECRET}", n=2,
                                    size="1024x1024", quality="hd")  # fmt: skip
    assert base64.b64decode(answer.data[1].b64_json) == PNG
    sent = upstream.requests[0].json
    assert sent["model"] == "dall-e-3"
    assert SECRET not in sent["prompt"]
    assert (sent["n"], sent["size"], sent["quality"]) == (2, "1024x1024", "hd")
    row = row_of(tandem, "draw")
    assert (row["images"], row["cost_nano_usd"], row["state"]) == (2, 80_000_000, "settled")


def test_image_tokens_are_counted(client, tandem):
    client.images.generate(model="paint", prompt="a cat")
    row = row_of(tandem, "paint")
    assert (row["input_tokens"], row["output_tokens"]) == (50, 50)
    assert row["cost_nano_usd"] == 50 * 10_000 + 50 * 40_000


def test_edits_and_variations_are_forms(client, tandem, upstream):
    client.images.edit(model="paint", image=("in.png", PNG), mask=("mask.png", PNG), n=1,
                       prompt=f"add {SECRET} to the wall")  # fmt: skip
    form = form_of(upstream.requests[0])
    assert form["model"] == "gpt-image-1"
    assert form["image"] == form["mask"] == PNG
    assert SECRET not in form["prompt"]
    assert form["prompt"].startswith("add ")
    client.images.create_variation(model="draw", image=io.BytesIO(PNG), n=3)
    assert form_of(upstream.requests[1])["model"] == "dall-e-3"
    assert row_of(tandem, "draw")["images"] == 3


def test_speech(client, tandem, upstream):
    answer = client.audio.speech.create(model="speak", voice="alloy", input="Grüße aus Köln")
    assert answer.read() == MP3
    assert answer.response.headers["content-type"] == "audio/mpeg"
    assert upstream.requests[0].json == {
        "input": "Grüße aus Köln", "model": "tts-1", "voice": "alloy",
    }  # fmt: skip
    row = row_of(tandem, "speak")
    assert (row["rows"], row["cost_nano_usd"]) == (14, 14 * 15_000)  # characters


def test_transcriptions(client, tandem, upstream):
    sound = b"RIFF" + bytes(range(256)) * 100
    answer = client.audio.transcriptions.create(model="listen", file=("a.wav", sound),
                                                prompt=f"says {SECRET}")  # fmt: skip
    assert answer.text == TRANSCRIPT
    form = form_of(upstream.requests[0])
    assert form["file"] == sound
    assert form["model"] == "whisper-1"
    assert SECRET not in form["prompt"]
    row = row_of(tandem, "listen")
    assert (row["milliseconds"], row["cost_nano_usd"]) == (9_000, 900_000)
    client.audio.transcriptions.create(model="hear", file=("a.wav", sound))
    row = row_of(tandem, "hear")
    assert (row["input_tokens"], row["audio_input_tokens"], row["output_tokens"]) == (14, 14, 45)


@pytest.mark.parametrize("kind", ["text", "srt", "vtt", "verbose_json"])
def test_transcripts_in_every_format(client, upstream, kind):
    answer = client.audio.translations.create(model="listen", file=("a.wav", b"RIFFxx"),
                                              response_format=kind)  # fmt: skip
    text = answer if isinstance(answer, str) else answer.text
    assert text.strip() == TRANSCRIPT
    assert upstream.requests[0].path == "/v1/audio/translations"


def test_what_cannot_be_is_refused_by_name(client, tandem, upstream):
    for body, param in [
        ({"model": "draw"}, "prompt"), ({"model": "draw", "prompt": 7}, "prompt"),
        ({"model": "draw", "prompt": "x", "n": 0}, "n"), ({"prompt": "x"}, "model"),
        ({"model": "draw", "prompt": "x", "stream": True}, "stream"),
    ]:  # fmt: skip
        answer = tandem.request("POST", "/v1/images/generations", body=body)
        assert (answer.status, answer.error["param"]) == (400, param)
    with pytest.raises(openai.BadRequestError) as refused:
        client.audio.transcriptions.create(model="draw", file=("a.wav", b"x"))
    assert "of kind image" in refused.value.message
    answer = tandem.request("POST", "/v1/audio/transcriptions", body={"model": "listen"})
    assert answer.status == 415
    assert upstream.requests == []


def test_a_failing_provider_is_an_error_of_the_client(client, upstream):
    upstream.queue("status_500")
    with pytest.raises(openai.InternalServerError):
        client.images.generate(model="draw", prompt="a cat")
    upstream.queue("error_200")
    with pytest.raises(openai.InternalServerError):
        client.images.generate(model="draw", prompt="a cat")
