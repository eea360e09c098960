"""Answers of providers to what is no chat: rerank (Cohere, Jina, vLLM), moderations, images and
audio (OpenAI), in the shapes of their API references. Pure functions."""

from __future__ import annotations

import base64
import json

CREATED = 1_713_833_628
# The smallest PNG: one transparent pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(range(256)) * 40
TRANSCRIPT = "Imagine the wildest idea that you have ever had."


def relevance(query: str, document) -> float:
    """The share of the query's words that the document has: a test can compute it again."""
    text = document if isinstance(document, str) else document.get("text", "")
    words = query.lower().split()
    return round(sum(word in text.lower().split() for word in words) / len(words), 4)


def rerank(request: dict, flavour: str) -> str:
    if flavour == "tei":
        scores = [relevance(request["query"], text) for text in request["texts"]]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])
        return json.dumps([{"index": index, "score": scores[index]} for index in order])
    documents = request["documents"]
    scores = [relevance(request["query"], document) for document in documents]
    order = sorted(range(len(documents)), key=lambda index: -scores[index])
    order = order[: request.get("top_n") or len(order)]
    results = [{"index": index, "relevance_score": scores[index]} for index in order]
    if flavour == "cohere":
        return json.dumps({
            "results": results,
            "id": "07734bd2-2473-4f07-94e1-0d9f0e6843cf",
            "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
        })  # fmt: skip
    if request.get("return_documents", True):
        for result in results:
            document = documents[result["index"]]
            result["document"] = {"text": document} if isinstance(document, str) else document
    return json.dumps({
        "model": request["model"], "object": "list", "usage": {"total_tokens": 61},
        "results": results,
    })  # fmt: skip


def moderation(request: dict) -> str:
    inputs = request["input"] if isinstance(request["input"], list) else [request["input"]]
    whole = any(isinstance(item, dict) for item in inputs)  # one verdict on all parts together
    result = {
        "flagged": False, "categories": {"violence": False}, "category_scores": {"violence": 0.01},
        "category_applied_input_types": {"violence": ["text"]},
    }  # fmt: skip
    return json.dumps({"id": "modr-970d409ef3bef3b70c73d8232df86e7d",
                       "model": request.get("model", ""),
                       "results": [result] * (1 if whole else len(inputs))})  # fmt: skip


def images(count: int, model: str) -> str:
    data = [{"b64_json": base64.b64encode(PNG).decode()} for _ in range(count)]
    answer = {"created": CREATED, "data": data}
    if model.startswith("gpt-image"):
        answer["usage"] = {
            "total_tokens": 100, "input_tokens": 50, "output_tokens": 50,
            "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
        }  # fmt: skip
    else:
        data[0]["revised_prompt"] = "A white siamese cat, in detail"
    return json.dumps(answer)


def transcription(form: dict) -> tuple[str, str]:
    """Body and content type."""
    kind = form.get("response_format", "json")
    if kind in ("text", "srt", "vtt"):
        return f"{TRANSCRIPT}\n", "text/plain; charset=utf-8"
    answer: dict = {"text": TRANSCRIPT}
    if kind == "verbose_json":
        answer |= {"task": "transcribe", "language": "english", "duration": 8.47, "segments": []}
    if form["model"].startswith("whisper"):
        answer["usage"] = {"type": "duration", "seconds": 9}
    else:
        answer["usage"] = {
            "type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59,
            "input_token_details": {"text_tokens": 0, "audio_tokens": 14},
        }  # fmt: skip
    return json.dumps(answer), "application/json"


def read_form(body: bytes, content_type: str) -> dict[str, str | bytes]:
    """Fields of a form by name: texts, and the bytes of files. With the parser of Python's e-mail
    package, which is not ours."""
    from email import policy
    from email.parser import BytesParser

    head = f"content-type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    fields: dict[str, str | bytes] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        fields[name] = data if part.get_filename() else data.decode()
    return fields
