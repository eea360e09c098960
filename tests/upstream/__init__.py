"""A provider that does what it is told, kind or hostile. See README.md.

    with Upstream() as upstream:
        upstream.queue("status_503", "normal;text=second try")
        ...
        assert upstream.requests[0].json["model"] == "mock"
"""

import upstream.odd_faults  # noqa: F401 (adds its scripts)
import upstream.provider_faults  # noqa: F401 (adds its scripts)
from upstream.answers import Shape
from upstream.faults import FAULTS
from upstream.script import Script
from upstream.server import Recorded, Upstream

__all__ = ["FAULTS", "Recorded", "Script", "Shape", "Upstream"]
