"""Frames of text where bytes are expected, and the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.protocol import Pair
from wsaudit.model.receiving import FrameRead, Frames
from wsaudit.rule import Pass, Problem, Related, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdict, Verdicts


@check("WS186", on=Frames)
def frame_type_mismatch(frames: Frames, project: Project) -> Verdicts:
    """What one end sends as bytes the other end must not read as text."""
    peers = [
        peer
        for pair in project.of(Pair, frames.connections[0])
        for end in pair.connections
        if end is not frames.connections[0]
        for peer in project.of(Frames, end)
    ]
    both = len({read.binary for read in frames.reads if read.how == "reads"}) > 1
    for read in frames.reads:
        if not read.asks.absent:
            sure = read.asks.present
            yield (Pass if sure else Undecided)(read.asks.at or read.at, read.asks.why)
        elif read.how != "reads":
            yield Problem(read.at, _alone(read), variant=read.how)
        elif both and peers:
            yield Undecided(read.at, "it expects text and bytes, in some order")
        elif peers:
            yield _against(read, peers)


def _against(read: FrameRead, peers: list[Frames]) -> Verdict:
    """The verdict on a read of one kind, by what the other end sends."""
    sent = [peer.sends(binary=not read.binary) for peer in peers]
    wrong = next((one for one in sent if one.present), None)
    if wrong is not None and wrong.at is not None:
        other = "text" if read.binary else "bytes"
        related = (Related(wrong.at, f"{other} are sent here"),)
        return Problem(read.at, _mismatch(read, wrong.why), related=related)
    doubt = next((one.why for one in sent if one.unknown), "")
    if doubt:
        return Undecided(read.at, doubt)
    return Pass(read.at, f"the other end sends {_kind(read)} only")


def _mismatch(read: FrameRead, sends: str) -> str:
    return (
        f"`{read.text}` takes every frame for {_kind(read)}, and the other end sends "
        f"{'text' if read.binary else 'bytes'} by {sends}: this fails on them"
    )


def _alone(read: FrameRead) -> str:
    if read.how == "opens":
        return (
            f"`{read.text}` opens a buffer, and a browser gives a Blob where "
            "`binaryType` is not set: nothing of the frame is in it"
        )
    other = "text" if read.binary else "bytes"
    return (
        f"`{read.text}` is not there in a frame of {other}: any client that sends one "
        "ends this with a KeyError"
    )


def _kind(read: FrameRead) -> str:
    return "bytes" if read.binary else "text"
