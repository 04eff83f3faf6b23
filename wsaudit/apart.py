"""An audit in a process of its own, which can be ended when its answer is not wanted.

The process is started ahead and waits, so that what it loads costs no time later.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from wsaudit.outcome import Finding, Report
from wsaudit.source import Place


class Wanted(msgspec.Struct, frozen=True):
    """What to audit: the project of a folder, with texts in the place of some files."""

    folder: str
    held: dict[str, bytes] = {}


class Answer(msgspec.Struct, frozen=True):
    """What an audit came to: findings and the texts they are in, or an ``error``.

    Paths are relative to ``root``, texts are UTF-8.
    """

    root: str = ""
    findings: tuple[Finding, ...] = ()
    texts: dict[str, bytes] = {}
    error: str = ""


class Auditor:
    """A process that waits to be asked once; another one is ready for the next time."""

    def __init__(self) -> None:
        """Nothing is started before it is needed or `prepare` is called."""
        self._ready: asyncio.subprocess.Process | None = None

    async def prepare(self) -> None:
        """Start the process that will answer next."""
        if self._ready is None:
            self._ready = await _start()

    async def ask(self, wanted: Wanted) -> Answer:
        """The answer; when the caller is cancelled the process is ended."""
        await self.prepare()
        process, self._ready = self._ready, None
        assert process is not None  # noqa: S101 - `prepare` has just seen to it
        try:
            packed, _ = await process.communicate(msgspec.msgpack.encode(wanted))
        except asyncio.CancelledError:
            await _end(process)
            raise
        await self.prepare()
        try:
            return msgspec.msgpack.decode(packed, type=Answer)
        except msgspec.DecodeError:
            return Answer(error=f"the audit ended with exit code {process.returncode}")

    async def close(self) -> None:
        """End the process that waits."""
        process, self._ready = self._ready, None
        if process is not None:
            await _end(process)


async def _start() -> asyncio.subprocess.Process:
    # Nothing is imported from the folder in which an editor was started.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", "from wsaudit.apart import serve; serve()"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONSAFEPATH": "1"},
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def serve() -> None:
    """What the process does: load, read what is wanted, answer, end."""
    from wsaudit.catalogue import load_rules
    from wsaudit.dialects import load_dialects

    load_rules()
    load_dialects()
    packed = sys.stdin.buffer.read()
    if packed:
        wanted = msgspec.msgpack.decode(packed, type=Wanted)
        out = sys.stdout.buffer
        # What else is printed by whom ever must not get between.
        sys.stdout = sys.stderr
        out.write(msgspec.msgpack.encode(answered(wanted)))
        out.flush()


def answered(wanted: Wanted) -> Answer:
    """Audit, in this process, which is in the wanted folder from then on."""
    from wsaudit.config import ConfigError
    from wsaudit.discover import NoSuchPathError

    try:
        os.chdir(wanted.folder)
        report = _audited(wanted.held)
    except (ConfigError, NoSuchPathError) as error:
        return Answer(error=str(error))
    except OSError as error:
        return Answer(error=f"`{wanted.folder}`: {error.strerror}")
    faults = "; ".join(f"{one.where}: {one.message}" for one in report.faults)
    paths = {at.path for one in report.findings for at in _places(one)}
    texts = {path: report.source(path).data for path in sorted(paths)}
    return Answer(report.root, report.findings, texts, faults)


def _audited(held: Mapping[str, bytes]) -> Report:
    from dataclasses import replace

    from wsaudit import baseline
    from wsaudit.config import configured
    from wsaudit.engine import audit
    from wsaudit.held import overlay_of

    config = replace(configured((), held=held), fixes=True)
    report = audit(config, overlay=overlay_of(config, held))
    return baseline.subtract(report, baseline.load(config), config)


def _places(finding: Finding) -> list[Place]:
    edits = finding.fix.edits if finding.fix else ()
    related = (one.at for one in finding.related)
    return [finding.at, *related, *(edit.at for edit in edits)]
