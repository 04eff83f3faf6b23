"""Running the examples of pages and case files, each as a project of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import wsaudit
from wsaudit.config import Config
from wsaudit.engine import audit
from wsaudit.examples import Example, PageError, read_example, split_sections
from wsaudit.outcome import Finding, Report, RuleOutcome, State
from wsaudit.pages import load_pages, split_front_matter

CASES = Path(__file__).parent / "cases"
CHECKLIST = Path(wsaudit.__file__).with_name("checklist.toml")
DEFECTS = ("Bad", "Missed alarm")
VERDICTS = {
    "Good": State.PASS,
    "Undecided": State.UNDECIDED,
    "Not applicable": State.NOT_APPLICABLE,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One example to run: the rule it is about, and the page or file it stands in."""

    code: str
    source: Path
    example: Example

    def __str__(self) -> str:
        """A test id: ``WS130-delivery/send-without-ready-check:31``."""
        stem = f"{self.source.parent.name}/{self.source.stem}"
        return f"{self.code}-{stem}:{self.example.line}"

    @property
    def is_bad(self) -> bool:
        """Tell whether the heading promises findings."""
        return self.example.heading.startswith(DEFECTS)

    @property
    def verdict(self) -> State | None:
        """The state that the heading promises; None where it promises none."""
        heading = self.example.heading
        return next(
            (VERDICTS[key] for key in VERDICTS if heading.startswith(key)), None
        )


def trials() -> tuple[Trial, ...]:
    """Every example of every page and case file.

    One that ignores a rule of the checklist which has no page yet waits for that page.
    """
    pages = {page.code for page in load_pages()}
    awaited = set(re.findall(r"WS\d{3}", CHECKLIST.read_text("utf-8"))) - pages
    return tuple(
        trial
        for trial in (*_of_pages(), *_of_cases())
        if not awaited & set(re.findall(r"WS\d{3}", _ignores(trial)))
    )


def run(trial: Trial, folder: Path) -> Report:
    """Audit an example in ``folder`` with its rule only, at every confidence."""
    for name, text in trial.example.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    config = Config(
        root=str(folder),
        paths=(str(folder),),
        select=(trial.code, "WS900"),
        strict=True,
        jobs=1,
        cache=False,
    )
    return audit(config)


def account(report: Report, code: str) -> str:
    """All that a rule said of an example, a line each, for a test that fails."""
    outcome = outcome_of(report, code)
    said = [
        *(("found", one.at, one.message) for one in outcome.findings),
        *(("passed", one.at, one.evidence) for one in outcome.passes),
        *(("undecided", one.at, one.reason) for one in outcome.undecided),
    ]
    lines = (
        f"  {word} {at.path}:{report.source(at.path).line_of(at.start)} {why}"
        for word, at, why in said
    )
    return "\n".join((f"{code}: {outcome.state}", *lines))


def outcome_of(report: Report, code: str) -> RuleOutcome:
    """What one rule said."""
    return next(found for found in report.outcomes if found.rule.page.code == code)


def place_of(finding: Finding, report: Report, folder: Path) -> tuple[str, int]:
    """The file, as the example names it, and the line on which a finding starts."""
    path = Path(report.root, finding.at.path).relative_to(folder).as_posix()
    return path, report.source(finding.at.path).line_of(finding.at.start)


def _ignores(trial: Trial) -> str:
    text = "\n".join(trial.example.files.values())
    return " ".join(re.findall(r"wsaudit: ignore\S*\[[^\]]*\]", text))


def _of_pages() -> Iterator[Trial]:
    for page in load_pages():
        for example in page.examples:
            yield Trial(page.code, page.path, example)


def _of_cases() -> Iterator[Trial]:
    for path in sorted(CASES.glob("*/*.md")):
        keys, body, first_line = split_front_matter(path)
        if set(keys) != {"code"}:
            raise PageError(f"{path}: the front matter of a case file is `code` alone")
        for section in split_sections(body, first_line):
            if section.heading.startswith("## "):
                example = read_example(section, keys["code"], str(path))
                yield Trial(keys["code"], path, example)
