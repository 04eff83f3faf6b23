"""Proxies: what stands between clients and endpoints and cuts off silence.

Read are the locations of nginx that pass WebSockets on, Ingresses of Kubernetes for
nginx and for load balancers of AWS, and such load balancers in Terraform.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsaudit.deployment import nginx
from wsaudit.deployment.commands import line_at
from wsaudit.model.deployment import Proxy
from wsaudit.program.asked import asked
from wsaudit.source import is_test_path

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.program.modules import Files

_INGRESS = re.compile(r"^kind:\s*[\"']?Ingress\b", re.MULTILINE)
_LOAD_BALANCER = r"^resource\s+\"aws_a?lb\""
_NETWORK = re.compile(r"load_balancer_type\s*=\s*\"network\"")
_SAYS = (
    ("nginx", r"nginx\.ingress\.kubernetes\.io/", r"proxy-read-timeout"),
    ("the load balancer", r"alb\.ingress\.kubernetes\.io/", r"timeout_seconds"),
)
_NUMBER = r"\"?\s*[:=]\s*[\"']?(\d+)"
_DEFAULT = 60.0


@asked
def proxies(scene: Scene) -> tuple[Proxy, ...]:
    """Every proxy of the run that passes WebSockets on."""
    return tuple(
        proxy
        for path in scene.program.files.support_paths
        if not is_test_path(path)
        for proxy in _in_file(scene.program.files, path)
    )


def proxy_for(scene: Scene, path: str, address: str) -> Proxy | None:
    """The proxy before the code of a file that waits least, for an address's path.

    Those in the closest folder above the file that has any below count; of them those
    for the longest beginning of the path, all where the path is for none.
    """
    folder = posixpath.dirname(path)
    while True:
        near = [one for one in proxies(scene) if _below(one.at.path, folder)]
        if near or not folder:
            break
        folder = posixpath.dirname(folder)
    fitting = [one for one in near if one.path and address.startswith(one.path)]
    longest = max((len(one.path) for one in fitting), default=0)
    meant = [one for one in fitting if len(one.path) == longest] or near
    return min(meant, key=lambda one: (one.seconds, one.at), default=None)


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _in_file(files: Files, path: str) -> Iterator[Proxy]:
    if path.endswith((".conf", ".conf.template")):
        yield from nginx.passages(files, path)
    elif path.endswith((".yml", ".yaml")) and "ngress" in posixpath.basename(path):
        text = files.support(path) or ""
        if _INGRESS.search(text):
            for title, owner, option in _SAYS:
                yield from _told(path, text, title, owner, option)
    elif path.endswith(".tf"):
        text = files.support(path) or ""
        if not _NETWORK.search(text):
            title, option = "the load balancer", "idle_timeout"
            yield from _told(path, text, title, _LOAD_BALANCER, option)


def _told(path: str, text: str, title: str, owner: str, option: str) -> Iterator[Proxy]:
    """A proxy that a file sets up, if it does, and how long that waits."""
    head = re.search(owner, text, re.MULTILINE)
    if head is None:
        return
    given = re.search(option + _NUMBER, text)
    at = line_at(path, text, (given or head).start())
    seconds = float(given[1]) if given is not None else _DEFAULT
    yield Proxy(at, title, seconds, given is not None)
