"""The programs we are measured beside: what a user would otherwise wait for."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = sys.executable
MODULES = Path(os.environ.get("WSAUDIT_BENCH_NODE", HERE / "node_modules"))


@dataclass(frozen=True, slots=True)
class Peer:
    """A command; ``only`` is the suffix without which it has nothing to do.

    ``most_cold`` says how often a cold run of ours may take the peer's time on a tree
    whose name holds the key (below one we must be faster), ``most_warm`` a warm run on
    any tree.
    """

    name: str
    command: tuple[str, ...]
    missing: str = ""
    only: str = ""
    accept: tuple[int, ...] = (0, 1)
    environment: tuple[tuple[str, str], ...] = ()
    most_cold: Mapping[str, float] = field(default_factory=dict)
    most_warm: float | None = None


def peers() -> tuple[Peer, ...]:
    """Every peer; those that are not installed say where they would come from."""
    return (
        Peer(
            "rg -l websocket (the floor)",
            (
                *(_found("rg"), "-l", "-i", "-e", "websocket", "-e", "socket.io"),
                *("-g", "*.{py,ts,tsx,js,jsx,mjs,cjs,mts,cts}", "."),
            ),
            missing=_missing("rg", "the system's package ripgrep"),
            most_warm=4.0,
        ),
        Peer(
            "ruff check --no-cache",
            (_found("ruff"), "check", "--no-cache", "--isolated", "-q", "."),
            missing=_missing("ruff", "pip install ruff"),
            only=".py",
            most_cold={"homeassistant": 6.0},
        ),
        Peer(
            "semgrep, ten rules",
            (
                *(_found("semgrep"), "scan", "--config", str(HERE / "semgrep.yml")),
                *("--metrics=off", "--disable-version-check", "--quiet"),
                *("--no-git-ignore", "."),
            ),
            missing=_missing("semgrep", "pip install semgrep, in its own environment"),
            environment=(("SEMGREP_SEND_METRICS", "off"),),
            most_cold={"langflow": 1 / 20, "jupyterlab": 1 / 20},
        ),
        Peer(
            "eslint with typescript-eslint",
            (
                *(_found("eslint"), "--config", str(MODULES / "eslint.config.mjs")),
                *("--no-config-lookup", "--no-warn-ignored", "--quiet", "."),
            ),
            missing=_missing("eslint", "npm, see benchmarks/README.md"),
            only=".ts",
            accept=(0, 1, 2),
            most_cold={"jupyterlab": 1 / 40},
        ),
        Peer(
            "oxlint",
            (_found("oxlint"), "--quiet", "."),
            missing=_missing("oxlint", "npm, see benchmarks/README.md"),
            only=".ts",
            most_cold={"jupyterlab": 3.0},
        ),
    )


def ours(*options: str) -> tuple[str, ...]:
    """Our own command line in this environment."""
    return (PYTHON, "-m", "wsaudit", "check", "--isolated", "-q", *options, ".")


def _found(name: str) -> str:
    """Where a program is: among the modules of Node, beside Python, or on the path."""
    places = (MODULES / ".bin" / name, Path(PYTHON).parent / name)
    beside = next((str(place) for place in places if place.is_file()), None)
    return beside or shutil.which(name) or name


def _missing(name: str, source: str) -> str:
    return "" if shutil.which(_found(name)) else f"not installed ({source})"
