"""What GitHub would be sent after a run over all fixtures is what it takes."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from tests.commands import MISSPELT, Shell
from tests.report.github_ingestion import objections
from wsaudit.config import Config
from wsaudit.engine import audit
from wsaudit.outcome import Report
from wsaudit.report import sarif

ROOT = Path(__file__).parent.parent
FIXTURES = str(ROOT / "fixtures")
SCHEMA = ROOT / "tests" / "data" / "sarif-schema-2.1.0.json"


@pytest.fixture(scope="module")
def report() -> Report:
    """One strict run over every fixture."""
    return audit(Config(FIXTURES, paths=(FIXTURES,), strict=True, cache=False))


@pytest.fixture(scope="module")
def log(report: Report) -> dict[str, Any]:
    """Its SARIF."""
    out = StringIO()
    sarif.render(report, out, root=str(ROOT), suppressed=True)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_schema_holds(log: dict[str, Any]) -> None:
    """The log is SARIF 2.1.0."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)

    assert list(validator.iter_errors(log)) == []


def test_github_has_no_objections(log: dict[str, Any]) -> None:
    """Nor do the rules of the upload, beyond the schema."""
    assert objections(log) == []


def test_run_is_whole(report: Report) -> None:
    """No file of ours is skipped, and nothing of wsaudit fails on them."""
    assert report.faults == ()
    assert report.skipped == ()
    assert report.findings


def test_results_lead_to_the_code(report: Report, log: dict[str, Any]) -> None:
    """Every place is a file below the root and the text of the finding's first line."""
    (run,) = log["runs"]
    found = sorted(
        (result["ruleId"], *_text(result["locations"][0]["physicalLocation"]))
        for result in run["results"]
    )

    assert found == sorted(
        (
            finding.code,
            str((Path(report.root) / finding.at.path).relative_to(ROOT)),
            report.source(finding.at.path).slice(finding.at).partition("\n")[0],
        )
        for finding in (*report.findings, *report.ignored)
    )


def _text(place: dict[str, Any]) -> tuple[str, str]:
    """The path and the text that a physical location means."""
    path = unquote(place["artifactLocation"]["uri"])
    region = place["region"]
    lines = (ROOT / path).read_text("utf-8").splitlines(keepends=True)
    first, last = region["startLine"] - 1, region["endLine"] - 1
    units = [line.encode("utf-16-le") for line in lines[first : last + 1]]
    units[-1] = units[-1][: 2 * (region["endColumn"] - 1)]
    units[0] = units[0][2 * (region["startColumn"] - 1) :]
    return path, b"".join(units).decode("utf-16-le")


def test_root_without_anything_audited_is_an_error(shell: Shell) -> None:
    """Every file would be named by its last part alone."""
    shell.write({"web/a.ts": MISSPELT, "docs/x.md": ""})
    ran = shell("check", "web", "--format", "sarif", "--sarif-root", "docs")

    assert ran.code == 2
    assert ran.err == (
        "wsaudit: `--sarif-root docs` holds nothing of what is audited\n"
    )
