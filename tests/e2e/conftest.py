"""The usual server of these tests: endpoints `chat` and `embed` on one scriptable upstream."""

from __future__ import annotations

import pytest

from configurations import PROVIDER_KEY, configuration


@pytest.fixture
def start(start_tandem):
    """start(config, …): with the provider's key in the environment."""

    def run(config, **options):
        environment = {"UPSTREAM_KEY": PROVIDER_KEY, **options.pop("environment", {})}
        return start_tandem(config, environment=environment, **options)

    return run


@pytest.fixture
def tandem(start, upstream):
    return start(configuration(upstream))


@pytest.fixture
def key(tandem):
    return tandem.make_key()["key"]
