"""One stack for the whole run, whichever folder of tests asks for it first."""

import pytest

pytest_plugins = ["tests.stackrunner"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option with which tests write the pages they otherwise compare."""
    parser.addoption(
        "--write-pages", action="store_true", help="write the pages of docs/ that tests make, instead of comparing them"
    )
