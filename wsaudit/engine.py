"""One run from paths to report: discover, screen, read, recognise, judge, settle."""

from __future__ import annotations

import gc
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from wsaudit.budget import TimeIsUpError, limited
from wsaudit.cache import Cache, CacheFolderError, open_cache, users_place
from wsaudit.catalogue import load_rules
from wsaudit.clock import PHASE, counted, part
from wsaudit.comments import declarations
from wsaudit.config import EXCLUDED, Config, ConfigError, told
from wsaudit.discover import Discovered, discover, relative
from wsaudit.exemptions import Exemptions, nested
from wsaudit.fixes import Ground, fix_of
from wsaudit.housekeeping import Comments
from wsaudit.identity import identities
from wsaudit.model import Connection, Declared, Fact, Project
from wsaudit.model.protocol import Pair, Pairing
from wsaudit.outcome import RECOGNITION, Fault, Finding, Report, RuleOutcome, Skip
from wsaudit.patterns import TooManyFilesError, found_below
from wsaudit.reading import Reader
from wsaudit.rule import Check, Confidence, Pass, Problem, Rule, Undecided, Verdict
from wsaudit.screen import Screened, screen
from wsaudit.selection import enabled, settings
from wsaudit.settle import Judged, Terms, settle
from wsaudit.spelling import amount
from wsaudit.unchanged import Unchanged, unchanged
from wsaudit.unknown import unknown_libraries
from wsaudit.workers import Workers

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.dialects import Dialects
    from wsaudit.program import Files
    from wsaudit.syntax.nodes import Module

RECURSION = 30_000
COLLECT_AFTER = 200_000
OWN_ERROR = "internal error"
MOST_DIALECTS = 100
SECONDS_TO_DISCOVER = 60.0
SECONDS_FOR_A_MEGABYTE = 12.0
SECONDS_FOR_A_FILE = 0.5
SECONDS_FOR_A_RULE = 5.0
SECONDS_FOR_FIXES = 10.0

# Files of which nothing was looked at although somebody wrote them.
UNSEEN = frozenset(
    {"binary", "crashed", "syntax error", "timeout", "too deep", "too large"}
    | {"unreadable"}
)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recognised:
    """The nouns of a project, and what it took to find them."""

    project: Project
    reader: Reader
    discovered: Discovered
    screened: Screened
    faults: tuple[Fault, ...]
    scene: Scene | None = None
    """What the nouns were made of; None when recognition raised."""
    unknown: tuple[Skip, ...] = ()
    """The files that use a library which no dialect describes."""


def audit(
    config: Config,
    *,
    workers: Workers | None = None,
    progress: Progress | None = None,
    overlay: Mapping[str, bytes] | None = None,
) -> Report:
    """Audit the configured paths.

    ``workers`` may be shared between runs; ``progress`` is told in a few words what is
    going on. ``overlay`` is what some files are to hold, by the path that places have.
    Raises ConfigError and NoSuchPathError; what goes wrong in one file or one rule is
    in the report.
    """
    rules = load_rules()
    # What is wrong in the configuration is told before all the work.
    enabled(config, rules)
    settings(config, rules)
    say = progress or (lambda _: None)
    say("looking for files")
    discovered = _discovered(config)
    with part(PHASE, "answer kept"):
        kept = _kept(config, discovered) if not overlay else None
        reader = Reader(discovered.root, discovered.code, Workers())
        known = kept.report(rules, reader.source) if kept else None
    if known is not None:
        return known
    found = _recognised(config, discovered, workers, say, overlay or {})
    say("judging")
    with part(PHASE, "judge"):
        report = report_on(config, found)
    counted(PHASE, "judge", sum(map(_verdicts_in, report.outcomes)), "verdicts")
    if kept:
        with part(PHASE, "answer kept"):
            kept.keep(report)
    return report


def _verdicts_in(outcome: RuleOutcome) -> int:
    return len(outcome.findings) + len(outcome.passes) + len(outcome.undecided)


def report_on(config: Config, found: Recognised) -> Report:
    """Judge what was recognised. Raises ConfigError."""
    rules = load_rules()
    chosen = enabled(config, rules)
    exemptions = Exemptions.of(config, found.discovered, rules)
    numbers = settings(config, rules).numbers
    with room_to_recurse():
        judged, faults = judge(rules, replace(found.project, numbers=numbers))
    reader = found.reader
    comments = Comments.of(
        reader.modules.values(), reader.source, [rule.page.code for rule in rules]
    )
    judged += comments.judge_form()
    comments.use(judged)
    doubted = {one.code for one in judged if is_in_doubt(one.verdict)}
    unused = list(comments.judge_use(doubted))
    comments.use(unused)
    judged += unused
    judged += comments.judge_last()

    terms = Terms(
        chosen,
        comments.silencer,
        exemptions.exempt,
        reader.source,
        config.strict,
        identities(reader.modules, reader.source),
        exemptions.priority,
    )
    outcomes = settle(rules, judged, terms)
    findings = _sorted(
        finding
        for outcome in outcomes
        for finding in outcome.findings
        if _asked_for(finding, config.report_only, found.discovered.root)
        and _grave(finding, config)
    )
    if config.fixes and found.scene is not None:
        with room_to_recurse(), part(PHASE, "fixes"):
            ground = Ground(found.scene, reader.source)
            findings, late = _with_fixes(findings, ground)
            faults = (*faults, *late)
    kinds = Counter(map(_kind, found.project.facts))
    files = (file.path for file in found.discovered.code)
    return Report(
        findings=tuple(one for one in findings if not one.ignored),
        ignored=tuple(one for one in findings if one.ignored),
        outcomes=outcomes,
        skipped=_skips(found),
        faults=_ordered_faults((*reader.faults, *found.faults, *faults)),
        source=reader.source,
        seen=len(found.screened.hits) + len(found.screened.others),
        read=len(reader.modules),
        facts=dict(sorted(kinds.items())),
        libraries=_libraries(found),
        strict=config.strict,
        root=found.discovered.root,
        until=comments.until,
        notes=(
            *found.discovered.notes,
            *_unpaired(config, found),
            *exemptions.useless(files, chosen),
        ),
    )


def _with_fixes(
    findings: list[Finding], ground: Ground
) -> tuple[list[Finding], tuple[Fault, ...]]:
    """The findings, each with its fix if its rule has one for this code."""
    fixed = list(findings)
    try:
        with limited(SECONDS_FOR_FIXES, "making fixes"):
            for index, one in enumerate(findings):
                fixed[index] = replace(one, fix=fix_of(one, ground))
    except TimeIsUpError as error:
        return fixed, (_fault("", "fixes", error),)
    return fixed, ()


def _libraries(found: Recognised) -> tuple[str, ...]:
    from wsaudit.deployment.libraries import libraries

    scene = found.scene
    if scene is None:
        return ()
    return libraries(scene.program, scene.dialects, found.project.facts)


def _kind(fact: Fact) -> str:
    """What a fact counts as: connections by their end, all others by their noun."""
    side = fact.side.capitalize() if isinstance(fact, Connection) else ""
    return f"{side}{type(fact).__name__}"


def recognised(
    config: Config, *, workers: Workers | None = None, progress: Progress | None = None
) -> Recognised:
    """Find and read the files that matter, and recognise what they do."""
    say = progress or (lambda _: None)
    say("looking for files")
    return _recognised(config, _discovered(config), workers, say, {})


def parsed(config: Config, paths: Iterable[str]) -> Mapping[str, Module]:
    """Some files of a project in the common syntax, by path; nothing else is read."""
    discovered = _discovered(config)
    with _lent(None) as pool, room_to_recurse():
        reader = Reader(discovered.root, discovered.code, pool, jobs=config.jobs)
        return reader.read(sorted(paths))


def _recognised(
    config: Config,
    discovered: Discovered,
    workers: Workers | None,
    say: Progress,
    overlay: Mapping[str, bytes],
) -> Recognised:
    # Loading these takes longer than `--version` may.
    from wsaudit.dialects import DialectError, load_dialects

    try:
        with part(PHASE, "dialects"):
            dialects = load_dialects(_own_dialects(config))
    except DialectError as error:
        raise ConfigError(str(error)) from None
    words = dialects.screen_words()
    packages = frozenset(dialects.packages())
    key = (*words, *(name.encode() for name in packages))
    cache = _cache(config, discovered.root, key)
    say(f"screening {amount(len(discovered.code), 'file')}")
    with part(PHASE, "screen"):
        screened = screen(
            discovered.code,
            words,
            packages,
            root=discovered.root,
            cache=cache,
            overlay=overlay,
        )
    total = len(screened.hits)
    counted(PHASE, "screen", total, "hits")
    with _lent(workers) as pool, room_to_recurse(), _seldom_collected():
        reader = Reader(
            discovered.root,
            discovered.code,
            pool,
            cache=cache,
            jobs=config.jobs,
            progress=lambda done: say(
                f"reading {done} of {amount(max(done, total), 'file')}"
            ),
            overlay=overlay,
        )
        files = _files(reader, discovered)
        say("following imports and calls")
        with part(PHASE, "index"):
            world, lost = _world(reader, screened, files, dialects)
        with part(PHASE, "read"):
            reader.read(world)
        counted(PHASE, "read", len(reader.modules), "files")
        say("recognising")
        project, faults, scene = _project(config, reader, screened, files, dialects)
        _save(cache)
    strange = tuple(
        unknown_libraries(
            reader.modules.values(), dialects, lambda path: reader.source(path).text
        )
    )
    faults = (*lost, *faults)
    return Recognised(project, reader, discovered, screened, faults, scene, strange)


def _files(reader: Reader, discovered: Discovered) -> Files:
    """How imports find the files of the project."""
    from wsaudit.program import Files

    support = frozenset(discovered.support)

    def text(path: str) -> str | None:
        return reader.source(path).text if path in support else None

    return Files([file.path for file in discovered.code], text, support)


def _world(
    reader: Reader, screened: Screened, files: Files, dialects: Dialects
) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    """The files to read, all of them ahead; only the hits when finding them fails."""
    from wsaudit.world import Index, close, words_of

    hits = tuple(file.path for file in screened.hits)
    try:
        index = Index(files, reader.raw, words_of(dialects))
        others = [file.path for file in screened.others]
        found = close(index, hits, others)
    except Exception as error:  # noqa: BLE001 - what is read already can be judged
        return hits, (_fault("", RECOGNITION, error),)
    counted(PHASE, "index", index.outlined, "outlines")
    return (*hits, *found), ()


def judge(
    rules: Iterable[Rule], project: Project
) -> tuple[list[Judged], tuple[Fault, ...]]:
    """Put every check to every subject of its kind; one that raises is a fault."""
    judged: list[Judged] = []
    faults: list[Fault] = []
    for rule in rules:
        try:
            with limited(SECONDS_FOR_A_RULE, rule.page.code):
                _judge(rule, project, judged, faults)
        except TimeIsUpError as error:
            faults.append(_fault("", rule.page.code, error))
            judged += [
                Judged(check.code, Undecided(subject.at, f"{OWN_ERROR}: {error}"))
                for check in rule.checks
                for subject in project.all(check.on)
            ]
    return judged, tuple(faults)


def _judge(
    rule: Rule, project: Project, judged: list[Judged], faults: list[Fault]
) -> None:
    for check in rule.checks:
        for subject in project.all(check.on):
            try:
                judged += _verdicts(rule, check, subject, project)
            except Exception as error:  # noqa: BLE001 - one rule, one subject
                faults.append(_fault(subject.at.path, check.code, error))
                trouble = Undecided(subject.at, f"{OWN_ERROR} of this rule")
                judged.append(Judged(check.code, trouble, subject.owner))
        for connection, where in project.lacking(check.on):
            if rule.page.side in {connection.side, "both", "project"}:
                lost = Undecided(connection.at, f"{OWN_ERROR} in {where}")
                judged.append(Judged(check.code, lost, connection))


def is_in_doubt(verdict: Verdict) -> bool:
    """Whether an error of ours stands in the place of a verdict."""
    return isinstance(verdict, Undecided) and verdict.reason.startswith(OWN_ERROR)


def exit_code(report: Report, config: Config, *, exit_zero: bool = False) -> int:
    """0 clean, 1 findings that fail the run, 2 could not audit, 3 nothing to check."""
    blind = [skip for skip in report.skipped if skip.reason in UNSEEN]
    if report.faults or (blind and (config.strict or not report.read)):
        return 2
    if not report.seen:
        return 3
    if config.fail_on is None or exit_zero:
        return 0
    return int(any(one.priority <= config.fail_on for one in report.findings))


def _verdicts(
    rule: Rule, check: Check, subject: Fact, project: Project
) -> list[Judged]:
    found: list[Judged] = []
    verdicts: Iterable[object] = check.look(subject, project)
    for verdict in verdicts:
        if not isinstance(verdict, Problem | Pass | Undecided):
            raise TypeError(f"yielded {verdict!r}")
        if isinstance(verdict, Problem):
            rule.page.priority_of(verdict.variant)
        found.append(Judged(check.code, _if_used(verdict, project), subject.owner))
    return found


def _if_used(verdict: Verdict, project: Project) -> Verdict:
    """A verdict that says whether anything runs the code it is about."""
    if not isinstance(verdict, Problem):
        return verdict
    return replace(verdict, unused=project.why_unused(verdict.at))


def _project(
    config: Config,
    reader: Reader,
    screened: Screened,
    files: Files,
    dialects: Dialects,
) -> tuple[Project, tuple[Fault, ...], Scene | None]:
    """Recognition over everything read; an empty project when it raises."""
    try:
        with limited(_seconds(reader), "recognition"):
            project, scene = _recognise(config, reader, screened, files, dialects)
    except (Exception, TimeIsUpError) as error:  # noqa: BLE001 - reported as it is
        return Project.of_facts(()), (_fault("", RECOGNITION, error),), None
    faults = tuple(
        _fault(at.at.path if at else "", one.recogniser, one.error)
        for one in project.troubles
        for at in (one.connections or (None,))
    )
    return project, faults, scene


def _recognise(
    config: Config,
    reader: Reader,
    screened: Screened,
    files: Files,
    dialects: Dialects,
) -> tuple[Project, Scene]:
    from wsaudit.deployment import requirements
    from wsaudit.program import Program
    from wsaudit.protocol import with_channels
    from wsaudit.recognise import nouns, recognise

    dialects = dialects.pinned(partial(requirements.is_below, files))
    with part(PHASE, "program"):
        program = Program(
            reader.modules.values(),
            primary=frozenset(file.path for file in screened.hits),
            files=files,
            library=dialects,
        )
    comments = chain.from_iterable(map(declarations, program.primary))
    declared = Declared(tuple(comments), config.public_endpoints, config.non_browser)
    pairs = _pairs(config, reader.root)
    scene = recognise(program, dialects, declared)
    return with_channels(nouns(scene), pairs), scene


def _seconds(reader: Reader) -> float:
    """How long recognition may take: in proportion to what there is to recognise.

    Files count by number too, since each of them may lead to others that are read.
    """
    size = sum(len(reader.source(path).data) for path in reader.modules)
    return SECONDS_FOR_A_MEGABYTE * max(
        1.0, size / 1_000_000
    ) + SECONDS_FOR_A_FILE * len(reader.modules)


def _own_dialects(config: Config) -> Iterator[tuple[str, str]]:
    """The name and text of each dialect of the project. Raises ConfigError."""
    for pattern in config.dialects:
        try:
            found = found_below(config.root, pattern, passed=EXCLUDED)
        except TooManyFilesError as error:
            raise ConfigError(f"dialects: {error}") from None
        if not found:
            raise ConfigError(f"no dialect is at `{pattern}`")
        if len(found) > MOST_DIALECTS:
            raise ConfigError(f"`{pattern}` names over {MOST_DIALECTS} dialects")
        for name in found:
            yield name, told(os.path.join(config.root, name), links=False)


def _unpaired(config: Config, found: Recognised) -> Iterator[str]:
    """A note on each configured pair that fits nothing."""
    paired = {
        (pair.client.at.path, pair.endpoint.bare_path)
        for pair in found.project.all(Pair)
        if pair.pairing is Pairing.TOLD
    }
    for file, route in _pairs(config, found.discovered.root):
        if (file, route.strip("/")) not in paired:
            yield f"the pair of `{file}` and `{route}` fits no client and endpoint"


def _pairs(config: Config, root: str) -> tuple[tuple[str, str], ...]:
    """The configured pairs, their clients by the path that places have."""
    return tuple(
        (relative(os.path.join(config.root, pair.client), root), pair.server)
        for pair in config.contract_pairs
    )


def _fault(path: str, where: str, error: BaseException) -> Fault:
    if isinstance(error, TimeIsUpError):
        return Fault(path, where, str(error), late=True)
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    name = os.path.basename(trace.tb_frame.f_code.co_filename) if trace else ""
    spot = f" ({name}:{trace.tb_lineno})" if trace else ""
    return Fault(path, where, f"{type(error).__name__}: {error}"[:500] + spot)


def _asked_for(finding: Finding, only: tuple[str, ...], root: str) -> bool:
    """Whether a finding touches one of the files to report on; no files mean all."""
    if not only:
        return True
    places = (finding.at, *(related.at for related in finding.related))
    wanted = {os.path.abspath(path) for path in only}
    return any(os.path.join(root, place.path) in wanted for place in places)


def _grave(finding: Finding, config: Config) -> bool:
    """Whether a finding is urgent and sure enough to be told."""
    sure = list(Confidence)
    return finding.priority <= config.min_priority and (
        sure.index(finding.confidence) <= sure.index(config.min_confidence)
    )


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (one.at, one.code, one.message))


def _skips(found: Recognised) -> tuple[Skip, ...]:
    skips = (
        *found.discovered.skipped,
        *found.screened.skipped,
        *found.reader.skipped,
        *found.unknown,
    )
    return tuple(sorted(set(skips), key=lambda one: (one.path, one.reason, one.line)))


def _ordered_faults(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    key = lambda one: (one.path, one.where, one.message)  # noqa: E731
    return tuple(sorted(set(faults), key=key))


def _discovered(config: Config) -> Discovered:
    """What lies below the configured paths. Raises ConfigError, NoSuchPathError."""
    try:
        with (
            part(PHASE, "discover"),
            limited(SECONDS_TO_DISCOVER, "looking for files"),
        ):
            found = discover(config.paths or (".",), config)
        counted(PHASE, "discover", len(found.code), "files")
    except TimeIsUpError as error:
        raise ConfigError(f"{error}; name the folders to audit") from None
    return found


def _cache(config: Config, root: str, key: Iterable[bytes]) -> Cache | None:
    if not config.cache:
        return None
    try:
        return open_cache(root, key, folder=config.cache_dir)
    except CacheFolderError as error:
        raise ConfigError(f"cannot keep a cache in {error}") from None


def _kept(config: Config, discovered: Discovered) -> Unchanged | None:
    """Where the whole answer is kept, if it is."""
    if not config.cache:
        return None
    try:
        place = users_place(discovered.root, config.cache_dir)
    except CacheFolderError as error:
        raise ConfigError(f"cannot keep a cache in {error}") from None
    if place is None:
        return None
    local = [("", repr(each)) for each in nested(config, discovered)]
    return unchanged(config, discovered, place, [*_own_dialects(config), *local])


def _save(cache: Cache | None) -> None:
    if cache:
        cache.save()


@contextmanager
def _lent(workers: Workers | None) -> Iterator[Workers]:
    """The caller's workers, or some of our own that end with the run."""
    if workers:
        yield workers
        return
    with Workers() as own:
        yield own


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """A collector that rarely looks through what is nearly all kept to the end."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def room_to_recurse() -> Iterator[None]:
    """A recursion limit that what the readers let through does not reach."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
