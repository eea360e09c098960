"""Scripts in the way of one provider: exceptions inside of Bedrock's streams, its checksums,
refusals of one key, and how Azure, Bedrock and Cohere refuse. Part of FAULTS once it is there."""

from __future__ import annotations

import json

from upstream import azure_answers, bedrock_answers
from upstream.answers import Shape
from upstream.exchange import Exchange
from upstream.bodies import events_of
from upstream.faults import _status, fault, normal, stream


@fault
async def exception_mid_stream(exchange: Exchange) -> None:
    """Bedrock: `after` (3) events, then the exception `name` (throttlingException)."""
    await stream(exchange, Shape.of(exchange.script), upto=exchange.script.integer("after", 3))
    name = exchange.script.text("name", "throttlingException")
    said = {"message": "Too many tokens, please wait before trying again."}
    await exchange.event(json.dumps({name: said}))
    await exchange.end_chunks()


@fault
async def wrong_checksum(exchange: Exchange) -> None:
    """Bedrock: `after` (3) events, then one with a bit turned over in its payload."""
    shape, after = Shape.of(exchange.script), exchange.script.integer("after", 3)
    await stream(exchange, shape, upto=after)
    framed = bytearray(bedrock_answers.frame_of(events_of(exchange, shape)[after]))
    framed[-6] ^= 1
    await exchange.chunk(bytes(framed))
    await exchange.end_chunks()


@fault
async def aws_refusal(exchange: Exchange) -> None:
    """Bedrock: the status `status` (429) with the exception `name` (ThrottlingException), saying
    `message`."""
    name = exchange.script.text("name", "ThrottlingException")
    message = exchange.script.text("message", "Too many requests, please wait.")
    await exchange.whole(
        exchange.script.integer("status", 429), bedrock_answers.error(message),
        {"x-amzn-errortype": f"{name}:http://internal.amazon.com/coral/com.amazon.bedrock/"},
    )  # fmt: skip


@fault
async def azure_filter(exchange: Exchange) -> None:
    """Azure: 400 content_filter with its inner error."""
    await exchange.whole(400, azure_answers.prompt_refused())


@fault
async def cohere_refusal(exchange: Exchange) -> None:
    """Cohere: `status` (400) with a sentence at the top of its body."""
    body = json.dumps({"id": "x", "message": "invalid request: bad model"})
    await exchange.whole(exchange.script.integer("status", 400), body)


@fault
async def by_key(exchange: Exchange) -> None:
    """A key among `refused` (a,b) gets `status` (401), perhaps with `retry_after`; others a good
    answer. The key is a Bearer's, an api-key's or an access key of AWS."""
    given = (exchange.recorded.header("authorization") or "").removeprefix("Bearer ")
    aws = given.partition("Credential=")[2].partition("/")[0]
    keys = {given, aws, exchange.recorded.header("api-key")}
    if keys.isdisjoint(exchange.script.text("refused", "").split(",")):
        await normal(exchange)
        return
    await _status(exchange, exchange.script.integer("status", 401))
