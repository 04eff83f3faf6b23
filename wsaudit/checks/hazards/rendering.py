"""Rendering: what React does again and again must not open sockets."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.lifecycle import MountedSocket
from wsaudit.rule import Pass, Problem, Related, Verdicts, check

_UNSTABLE = {
    "made": ("is made anew in every render", "it is made here"),
    "passed": ("is made anew in every render of who passes it", "it is passed here"),
    "default": ("is a new default in every render", "this is made for each call"),
    "set": ("is set by its messages", "it is set here"),
}


@check("WS187", on=MountedSocket)
def socket_in_render(socket: MountedSocket, project: Project) -> Verdicts:
    """A socket that a render opens, and the next one again."""
    name = f"`{socket.component}`" if socket.component else "the component"
    if socket.rendering == "each":
        yield Problem(
            socket.at,
            f"every render of {name} opens another connection; all but one stay open "
            "with nobody to close them",
        )
    elif socket.rendering == "initialiser":
        yield Problem(
            socket.at,
            f"this opens a connection while {name} renders: React may run it twice, or "
            "for a component that never appears, and nothing closes that one",
            variant="initialiser",
        )
    elif socket.moment != "render":
        yield Pass(socket.at, f"{name} opens it after it has rendered")


@check("WS188", on=MountedSocket)
def unstable_connect_deps(socket: MountedSocket, project: Project) -> Verdicts:
    """An effect that opens its socket again because of what never stays the same."""
    for each in socket.unstable:
        why, there = _UNSTABLE[each.how]
        often = "one of them" if each.how == "set" else "each render"
        yield Problem(
            each.at,
            f"`{each.name}` {why}, so {often} closes this socket and opens another one",
            related=(Related(each.because, there),),
        )
    if socket.depending and not socket.unstable:
        yield Pass(socket.at, "what its effect depends on stays the same")
