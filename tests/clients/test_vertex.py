"""A Vertex provider: an access token is had with a signed assertion that an independent library
verifies, kept, renewed by one caller, and shown with every call."""

from __future__ import annotations

import base64
import concurrent.futures
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai
import pytest
from configurations import chat_endpoint, configuration
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from google import genai
from tandem_process import TandemProcess
from upstream import Shape
from upstream.answers import embedding_vector

TEXT = Shape().text
QUESTION = "Hello there"
PREFIX = "/v1/projects/my-project/locations/europe-west4/publishers/google/models"


def unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class TokenEndpoint:
    """Gives `token-N` to whoever shows an assertion that one of its keys has signed."""

    def __init__(self):
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.claims: list[dict] = []
        self.lifetime_s = 3600
        self.delay_s = 0.0
        self.refuses = False
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/token"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def make_key_file(self, path, key_id: str) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.keys[key_id] = key
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption()).decode()  # fmt: skip
        path.write_text(json.dumps({
            "type": "service_account", "project_id": "my-project", "private_key_id": key_id,
            "private_key": pem, "client_email": f"{key_id}@my-project.iam.gserviceaccount.com",
            "token_uri": self.url}))  # fmt: skip

    def verified(self, form: dict) -> dict:
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        signed, _, signature = form["assertion"][0].rpartition(".")
        header, claims = (json.loads(unpacked(part)) for part in signed.split("."))
        assert (header["alg"], header["typ"]) == ("RS256", "JWT")
        self.keys[header["kid"]].public_key().verify(
            unpacked(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())  # fmt: skip
        assert claims["iss"] == f"{header['kid']}@my-project.iam.gserviceaccount.com"
        assert claims["aud"] == self.url
        assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"
        assert abs(claims["iat"] - time.time()) < 60 and claims["exp"] == claims["iat"] + 3600
        return {**claims, "kid": header["kid"]}

    def _handler(self):
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                status, answer = endpoint.answer(urllib.parse.parse_qs(body, strict_parsing=True))
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        return Handler

    def answer(self, form: dict) -> tuple[int, dict]:
        time.sleep(self.delay_s)
        try:
            claims = self.verified(form)
        except Exception as wrong:  # what it was goes to the test by way of the answer
            return 400, {"error": "invalid_grant", "error_description": repr(wrong)}
        with self._lock:
            self.claims.append(claims)
            number = len(self.claims)
        if self.refuses:
            return 400, {"error": "invalid_grant", "error_description": "Account not found"}
        return 200, {"access_token": f"token-{number}", "expires_in": self.lifetime_s,
                     "token_type": "Bearer"}  # fmt: skip


@pytest.fixture
def tokens():
    endpoint = TokenEndpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture
def key_file(tokens, tmp_path):
    path = tmp_path / "account.json"
    tokens.make_key_file(path, "robot")
    return path


@pytest.fixture
def tandem(start_tandem, upstream, key_file):
    config = configuration(upstream, {
        "gemini": chat_endpoint(provider_name="google"),
        "embed-vertex": {**chat_endpoint(provider_name="google", model="mock-embed"),
                         "kind": "embedding"},
    })  # fmt: skip
    config["providers"]["google"] = {
        "kind": "vertex", "base_url": f"http://127.0.0.1:{upstream.port}/v1",
        "api_key": f"file:{key_file}", "project": "my-project", "location": "europe-west4"}
    return start_tandem(config, environment={"UPSTREAM_KEY": "sk-x"})


@pytest.fixture
def client(tandem):
    options = {"base_url": tandem.url}
    with genai.Client(api_key=tandem.admin_key, http_options=options) as made:
        yield made


@pytest.fixture
def openai_client(tandem):
    with openai.OpenAI(base_url=tandem.url + "/v1", api_key=tandem.admin_key,
                       max_retries=0) as made:  # fmt: skip
        yield made


def ask(client):
    return client.models.generate_content(model="gemini", contents=QUESTION).text


def test_a_call_shows_a_token_that_was_signed_for(client, openai_client, tokens, upstream):
    """The first call has a token fetched; the next ones use it, whatever the client speaks."""
    assert ask(client) == TEXT
    sent = upstream.requests[-1]
    assert sent.path == f"{PREFIX}/mock:generateContent"
    assert sent.header("authorization") == "Bearer token-1"
    messages = [{"role": "user", "content": QUESTION}]
    chunks = openai_client.chat.completions.create(model="gemini", messages=messages, stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == TEXT
    sent = upstream.requests[-1]
    assert sent.path == f"{PREFIX}/mock:streamGenerateContent?alt=sse"
    assert sent.header("authorization") == "Bearer token-1"
    assert client.models.count_tokens(model="gemini", contents=QUESTION).total_tokens == 10
    assert "generateContentRequest" not in upstream.requests[-1].json
    assert len(tokens.claims) == 1


def test_many_first_calls_ask_for_one_token(client, tokens, upstream):
    tokens.delay_s = 0.3
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert set(pool.map(lambda _: ask(client), range(16))) == {TEXT}
    assert len(tokens.claims) == 1
    assert {sent.header("authorization") for sent in upstream.requests} == {"Bearer token-1"}


def test_a_token_is_renewed_before_it_ends(client, tokens, upstream):
    """With a life of ten seconds it is renewed in the last one; nobody is shown an old one."""
    tokens.lifetime_s = 10
    began = time.monotonic()
    used = []
    while time.monotonic() - began < 11:
        assert ask(client) == TEXT
        used.append(upstream.requests[-1].header("authorization"))
        time.sleep(0.05)
    assert sorted(set(used)) == ["Bearer token-1", "Bearer token-2"]
    assert len(tokens.claims) == 2


def test_another_key_file_is_used_without_a_restart(client, tokens, key_file, upstream):
    assert ask(client) == TEXT
    tokens.make_key_file(key_file, "second")
    deadline = time.monotonic() + 5
    while tokens.claims[-1]["kid"] != "second":
        assert time.monotonic() < deadline, "the old account is still used"
        assert ask(client) == TEXT
        time.sleep(0.05)
    assert upstream.requests[-1].header("authorization") == "Bearer token-2"


def test_no_token_is_an_error_that_says_why(client, tokens, tandem, upstream, key_file):
    """Without a token nothing is sent; the error names the provider and not the key."""
    tokens.refuses = True
    with pytest.raises(genai.errors.ServerError) as refused:
        ask(client)
    assert "Account not found" in refused.value.message and "google" in refused.value.message
    secret = json.loads(key_file.read_text())["private_key"].splitlines()[1]
    assert secret not in str(refused.value) and secret not in tandem.log_path.read_text()
    assert not upstream.requests
    tokens.refuses = False
    deadline = time.monotonic() + 5
    while True:
        try:
            assert ask(client) == TEXT
            break
        except genai.errors.ServerError:
            assert time.monotonic() < deadline, "no second try"
            time.sleep(0.1)


def test_embeddings_are_predictions(client, openai_client, tandem, upstream):
    """Vertex embeds by :predict and counts the tokens of each text."""
    upstream.queue(*2 * ["normal;prompt_tokens=3"])
    answer = client.models.embed_content(model="embed-vertex", contents=["one", "two"])
    expected = [embedding_vector(text) for text in ("one", "two")]
    assert [one.values for one in answer.embeddings] == [
        pytest.approx(vector, rel=1e-6) for vector in expected]  # fmt: skip
    sent = upstream.requests[-1]
    assert sent.path == f"{PREFIX}/mock-embed:predict"
    assert sent.json["instances"] == [{"content": "one"}, {"content": "two"}]
    raw = openai_client.embeddings.with_raw_response.create(model="embed-vertex", input="one")
    assert raw.parse().usage.prompt_tokens == 3
    row = tandem.ledger_rows(raw.headers["x-request-id"])[0]
    assert (row["state"], row["input_tokens"]) == ("settled", 3)


@pytest.mark.parametrize("wrong, said", [
    ({"project": ""}, "project"), ({"location": "../x"}, "location"), ({"api_key": ""}, "api_key"),
])  # fmt: skip
def test_a_configuration_that_lacks_something_is_refused(upstream, wrong, said):
    config = configuration(upstream, {"gemini": chat_endpoint(provider_name="google")})
    config["providers"]["google"] = {
        "kind": "vertex", "api_key": "env:KEY", "project": "p", **wrong}  # fmt: skip
    server = TandemProcess(config, environment={"UPSTREAM_KEY": "sk-x", "KEY": "{}"})
    try:
        with pytest.raises(AssertionError, match=said):
            server.start()
    finally:
        server.close(check=False)
