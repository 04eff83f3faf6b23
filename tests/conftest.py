"""The one option of the test suite: rewrite what is compared with a stored text."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update``."""
    parser.addoption(
        "--update",
        action="store_true",
        help="rewrite golden reports and tables; read the diff before you commit",
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Tell whether stored texts are to be rewritten."""
    return bool(request.config.getoption("--update"))
