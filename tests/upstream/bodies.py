"""Which API an exchange is about, and so what a good answer and its events look like."""

from __future__ import annotations

from upstream import answers, anthropic_answers, azure_answers, bedrock_answers, cohere_answers
from upstream import gemini_answers, responses_answers
from upstream.answers import Shape
from upstream.exchange import Exchange


def body_of(exchange: Exchange, shape: Shape) -> str:
    path = exchange.path
    if exchange.is_gemini:
        return gemini_answers.body(path, exchange.request, shape)
    if path.endswith(("/converse", "/converse-stream")):
        return bedrock_answers.message(exchange.request, shape)
    if path == "/v2/chat":
        return cohere_answers.chat(exchange.request, shape)
    if path == "/v2/embed":
        return cohere_answers.embed(exchange.request, shape)
    if path.endswith("/models"):
        return answers.models()
    if path.endswith("/embeddings"):
        return answers.embeddings(exchange.request, shape)
    if path.endswith("/messages/count_tokens"):
        return anthropic_answers.token_count(exchange.request)
    if path.endswith("/messages"):
        return anthropic_answers.message(exchange.request, shape)
    if path.endswith("/responses"):
        return responses_answers.response(exchange.request, shape)
    if path.endswith("/chat/completions"):
        return answers.chat(exchange.request, shape)
    return answers.completion(exchange.request, shape)


def events_of(exchange: Exchange, shape: Shape) -> list[str]:
    if exchange.is_gemini:
        return gemini_answers.stream_events(exchange.recorded.path, shape)
    if exchange.is_messages:
        return anthropic_answers.stream_events(exchange.request, shape)
    if exchange.is_responses:
        return responses_answers.stream_events(exchange.request, shape)
    if exchange.is_converse_stream:
        return bedrock_answers.stream_events(exchange.request, shape)
    if exchange.is_cohere:
        return cohere_answers.stream_events(exchange.request, shape)
    events = answers.stream_events(exchange.request, shape, exchange.is_chat)
    return azure_answers.filtered(events) if exchange.is_azure else events
