"""The files API with the unmodified openai client."""

from __future__ import annotations

import io
import os

import openai
import pytest
from configurations import configuration

LINES = b'{"custom_id":"1"}\n' * 3


@pytest.fixture
def tandem(start_tandem, upstream):
    return start_tandem(
        {**configuration(upstream), "files": {"max_bytes": 5_000_000},
         "projects": {"default": {}, "other": {}}},
        environment={"UPSTREAM_KEY": "sk-upstream-key"},
    )  # fmt: skip


def client_of(tandem, **fields):
    key = tandem.make_key(**fields)["key"]
    return openai.OpenAI(base_url=f"{tandem.url}/v1", api_key=key, max_retries=0)


@pytest.fixture
def client(tandem):
    with client_of(tandem) as made:
        yield made


def test_a_file_comes_back_as_it_was_sent(client):
    stored = client.files.create(file=("naïve \"in\".jsonl", LINES), purpose="batch")
    assert stored.object == "file"
    assert stored.bytes == len(LINES)
    assert stored.filename == 'naïve "in".jsonl'
    assert stored.purpose == "batch"
    assert stored.status == "processed"
    assert stored.expires_at is None
    assert client.files.retrieve(stored.id) == stored
    assert client.files.content(stored.id).read() == LINES
    assert client.files.wait_for_processing(stored.id).id == stored.id


def test_bytes_are_bytes(client):
    """Whatever looks like a boundary, NUL bytes, and more than fits one read."""
    data = os.urandom(3_000_000) + b"\r\n--boundary--\r\n\0\xff"
    stored = client.files.create(file=io.BytesIO(data), purpose="user_data")
    assert client.files.content(stored.id).read() == data


def test_lists_are_paged(client):
    ids = [client.files.create(file=(f"{n}.txt", b"x%d" % n), purpose=purpose).id
           for n, purpose in enumerate(["batch", "user_data", "batch"])]  # fmt: skip
    assert [file.id for file in client.files.list()] == ids[::-1]
    assert [file.id for file in client.files.list(limit=1)] == ids[::-1]  # follows the pages
    page = client.files.list(limit=2, order="asc")
    assert [file.id for file in page.data] == ids[:2]
    assert page.has_more
    assert [file.id for file in client.files.list(purpose="user_data")] == [ids[1]]
    assert [file.id for file in client.files.list(after=ids[1])] == [ids[0]]


def test_a_file_expires(client):
    stored = client.files.create(
        file=("a.txt", b"x"), purpose="user_data",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )  # fmt: skip
    assert stored.expires_at == stored.created_at + 3600


def test_a_deleted_file_is_gone(client):
    stored = client.files.create(file=("a.txt", b"x"), purpose="user_data")
    assert client.files.delete(stored.id).deleted
    for ask in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            ask(stored.id)


def test_tenants_do_not_see_each_other(tandem, client):
    stored = client.files.create(file=("a.txt", b"secret"), purpose="batch")
    with client_of(tandem, project="other") as stranger:
        assert list(stranger.files.list()) == []
        for ask in (stranger.files.retrieve, stranger.files.content, stranger.files.delete):
            with pytest.raises(openai.NotFoundError):
                ask(stored.id)
        with pytest.raises(openai.NotFoundError):
            stranger.batches.create(input_file_id=stored.id, endpoint="/v1/chat/completions",
                                    completion_window="24h")  # fmt: skip
    with client_of(tandem) as colleague:  # another key of the same project
        assert colleague.files.content(stored.id).read() == b"secret"
    assert tandem.request("GET", f"/v1/files/{stored.id}", key="").status == 401


@pytest.mark.parametrize(
    "body, content_type, param",
    [
        (b"{}", "application/json", "content-type"),
        (b"x", "multipart/form-data", "content-type"),
        (b"--b\r\ncontent-disposition: form-data; name=purpose\r\n\r\nbatch\r\n--b--",
         "multipart/form-data; boundary=b", "file"),
        (b"--b\r\ncontent-disposition: form-data; name=file; filename=a\r\n\r\nx\r\n--b--",
         "multipart/form-data; boundary=b", "purpose"),
        (b"--b\r\ncontent-disposition: form-data; name=file; filename=a\r\n\r\nx",
         "multipart/form-data; boundary=b", None),
    ],
)  # fmt: skip
def test_bad_forms_are_refused_by_name(tandem, body, content_type, param):
    answer = tandem.request("POST", "/v1/files", body=body, headers={"content-type": content_type})
    assert answer.status in (400, 415)
    assert answer.error["param"] == param
    assert tandem.request("GET", "/v1/files").json()["data"] == []


def test_a_file_has_a_limit(client):
    with pytest.raises(openai.APIStatusError) as refused:
        client.files.create(file=("a.bin", b"x" * 5_000_001), purpose="user_data")
    assert refused.value.status_code == 413
    client.files.create(file=("a.bin", b"x" * 5_000_000), purpose="user_data")


def test_a_large_upload_does_not_stay_in_memory(start_tandem, upstream):
    """300 MB go through; the server grows by far less."""
    tandem = start_tandem(configuration(upstream), environment={"UPSTREAM_KEY": "k"})

    def resident_kib():
        status = open(f"/proc/{tandem.pid}/status").read()
        return int(status.split("VmHWM:")[1].split()[0])

    before = resident_kib()
    with client_of(tandem) as client:
        stored = client.files.create(file=("a.bin", b"\0" * 300_000_000), purpose="user_data")
    assert stored.bytes == 300_000_000
    assert resident_kib() - before < 64 * 1024
