"""A model call with an Idempotency-Key is made once: whoever repeats it gets the same answer, and
the provider and the ledger see one call."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from calls import chat, chat_body, stream_chat
from configurations import chat_endpoint, configuration

ONCE = {"idempotency-key": "order-4711"}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_a_repetition_gets_the_same_answer_and_costs_nothing(tandem, key, upstream, streamed):
    call = stream_chat if streamed else chat
    first = call(tandem, key=key, headers=ONCE)
    again = call(tandem, key=key, headers=ONCE)
    assert (first.status, again.status) == (200, 200)
    if streamed:
        assert again.done and again.data == first.data
    else:
        assert again.body == first.body
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["x-tandem-original-request-id"] == first.headers["x-request-id"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert len(upstream.requests) == 1
    assert len(tandem.ledger_rows(first.headers["x-request-id"])) == 1
    assert not tandem.ledger_rows(again.headers["x-request-id"], timeout_s=0.3)


def test_the_unmodified_client_sends_one(tandem, key, upstream):
    client = openai.OpenAI(base_url=tandem.url + "/v1", api_key=key, max_retries=0)
    question = {"model": "chat", "messages": [{"role": "user", "content": "Hello there"}]}
    answers = [client.chat.completions.create(**question, extra_headers=ONCE) for _ in range(3)]
    assert len({answer.id for answer in answers}) == 1 == len(upstream.requests)


def test_racing_repetitions_make_one_call(tandem, key, upstream):
    """While the first is under way the others are told to come back, as clients understand."""
    upstream.default = upstream.default.parse("normal;delay_ms=500")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: chat(tandem, key=key, headers=ONCE), range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    busy = next(answer for answer in answers if answer.status == 409)
    assert busy.headers["retry-after"] == "1" and "under way" in busy.error["message"]
    assert len(upstream.requests) == 1


def test_racing_clients_all_get_the_one_answer(tandem, key, upstream):
    """The unmodified client tries a 409 again by itself, after the time that it is told."""
    upstream.default = upstream.default.parse("normal;delay_ms=500")
    client = openai.OpenAI(base_url=tandem.url + "/v1", api_key=key)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(client.chat.completions.create, **chat_body(), extra_headers=ONCE)
                 for _ in range(4)]  # fmt: skip
        assert len({call.result().id for call in calls}) == 1 == len(upstream.requests)


def test_another_request_under_the_same_key_is_refused(tandem, key, upstream):
    chat(tandem, key=key, headers=ONCE)
    other = chat(tandem, "Something else", key=key, headers=ONCE)
    assert other.status == 409 and other.headers["x-should-retry"] == "false"
    assert "another request" in other.error["message"]
    assert len(upstream.requests) == 1


def test_keys_do_not_share_theirs(tandem, key, upstream):
    """The same Idempotency-Key of another key is another call, and shows nothing of the first."""
    chat(tandem, key=key, headers=ONCE)
    stranger = chat(tandem, key=tandem.make_key("other")["key"], headers=ONCE)
    assert stranger.status == 200 and "idempotent-replayed" not in stranger.headers
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("script", ["status_500", "status_429", "status_400", "reset_on_request"])
def test_a_call_that_failed_may_be_made_again(tandem, key, upstream, script):
    upstream.queue(script)
    assert chat(tandem, key=key, headers=ONCE).status >= 400
    again = chat(tandem, key=key, headers=ONCE)
    assert again.status == 200 and "idempotent-replayed" not in again.headers


def test_a_stream_that_broke_may_be_made_again(tandem, key, upstream):
    upstream.queue("cut_between_events")
    assert not stream_chat(tandem, key=key, headers=ONCE).done
    assert stream_chat(tandem, key=key, headers=ONCE).done


def test_it_outlives_a_restart(tandem, key, upstream):
    first = chat(tandem, key=key, headers=ONCE)
    tandem.stop()
    tandem.restart()
    again = chat(tandem, key=key, headers=ONCE)
    assert again.body == first.body and len(upstream.requests) == 1


def test_a_crash_in_the_middle_leaves_it_open(tandem, key, upstream):
    """Nobody knows what became of it: it is settled at its estimate, and may be made again."""
    upstream.queue("never_answers")

    def left_alone():
        try:
            chat(tandem, key=key, headers=ONCE)
        except OSError:
            pass

    caller = threading.Thread(target=left_alone)
    caller.start()
    upstream.wait_for_requests(1)
    tandem.kill()
    caller.join()
    tandem.start()
    again = chat(tandem, key=key, headers=ONCE)
    assert again.status == 200 and len(upstream.requests) == 2


@pytest.mark.parametrize("fields", [{"capture": "none"}, {"capture": "metadata"}, {"guards": []}],
                         ids=str)  # fmt: skip
def test_content_that_may_not_be_kept_is_not(start, upstream, fields):
    """The repetition is refused by name, neither answered nor made again."""
    tandem = start(configuration(upstream, {"private": chat_endpoint(**fields)}))
    first = chat(tandem, headers=ONCE, model="private")
    again = chat(tandem, headers=ONCE, model="private")
    assert (first.status, again.status) == (200, 409)
    assert again.headers["x-should-retry"] == "false"
    assert first.headers["x-request-id"] in again.error["message"]
    assert len(upstream.requests) == 1


def test_a_large_answer_is_not_kept(tandem, key, upstream):
    upstream.default = upstream.default.parse("normal;text=" + "word " * 60_000)
    assert chat(tandem, key=key, headers=ONCE).status == 200
    again = chat(tandem, key=key, headers=ONCE)
    assert again.status == 409 and len(upstream.requests) == 1


def test_a_bad_key_is_refused(tandem, key, upstream):
    answer = chat(tandem, key=key, headers={"idempotency-key": "x" * 300})
    assert answer.status == 400 and answer.error["param"] == "Idempotency-Key"
    assert not upstream.requests
