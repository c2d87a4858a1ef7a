"""What the documents promise about the command line, the Makefile and the settings is so."""

import re
import subprocess
from pathlib import Path

import pytest

from tradein.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def variables() -> set[str]:
    """Return the names under which the settings are read."""
    return {str(getattr(field.validation_alias, "choices", [""])[0]) for field in Settings.model_fields.values()}


def test_every_setting_is_in_the_operators_table_and_no_other() -> None:
    """A setting that nobody can read about doesn't exist; one that doesn't exist misleads."""
    table = (ROOT / "docs" / "running.md").read_text().partition("## Settings")[2]
    assert set(re.findall(r"`((?:RAZORPAY|TELEGRAM|TRADEIN)_[A-Z_]+)`", table)) == variables()


def test_make_alone_lists_every_target() -> None:
    """The Makefile documents itself."""
    helped = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607 - the machine's
    targets = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    listed = re.findall(r"^  make (\w+)", helped.stdout, re.MULTILINE)
    assert set(listed) == set(targets) - {"setup"}


@pytest.mark.parametrize("document", sorted(path.relative_to(ROOT) for path in ROOT.glob("docs/**/*.md")), ids=str)
def test_links_and_paths_in_a_document_lead_somewhere(document: Path) -> None:
    """Links of Markdown, and every path in code that names a file of ours by its ending."""
    text = (ROOT / document).read_text()
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / document.parent / link).exists(), link
    for path in re.findall(r"`((?:bench|bot|catalogue|data|docs|engine|sandbox|tests|tradein)/[\w./-]+\.\w+)`", text):
        assert (ROOT / path).exists(), path
