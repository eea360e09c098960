"""The pages of docs/reference are made by a command, and they are fresh."""

from __future__ import annotations

import subprocess

import pytest
from tandem_process import ROOT


@pytest.mark.parametrize("page", ["configuration", "errors", "api"])
def test_the_page_is_fresh(tandem_binary, page):
    made = subprocess.run([str(tandem_binary), "reference", page], capture_output=True, text=True,
                          timeout=60, check=True).stdout  # fmt: skip
    kept = (ROOT / "docs" / "reference" / f"{page}.md").read_text()
    assert made == kept, f"tandem reference {page} > docs/reference/{page}.md renews it"


def test_an_unknown_page_is_a_usage_error(tandem_binary):
    wrong = subprocess.run([str(tandem_binary), "reference", "nothing"], capture_output=True,
                           text=True, check=False)  # fmt: skip
    assert wrong.returncode == 64 and "nothing" in wrong.stderr
