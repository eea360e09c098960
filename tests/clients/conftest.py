"""Two chat endpoints, one behind each dialect, for clients of every kind."""

from __future__ import annotations

import pytest
from configurations import PROVIDER_KEY, chat_endpoint, configuration, provider
from node_client import NodeClients


@pytest.fixture
def two_dialects(start_tandem, upstream):
    """`chat` on an OpenAI provider, `claude` on an Anthropic one, `embed`."""
    config = configuration(upstream, {"claude": chat_endpoint(provider_name="claude")})
    config["providers"]["claude"] = provider(upstream, kind="anthropic")
    return start_tandem(config, environment={"UPSTREAM_KEY": PROVIDER_KEY})


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with NodeClients(tmp_path_factory.mktemp("clients")) as clients:
        yield clients
