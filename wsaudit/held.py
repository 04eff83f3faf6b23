"""Texts that are not on the disk: of standard input, or of an editor's buffers."""

from __future__ import annotations

import os
from collections.abc import Mapping

from wsaudit.config import Config
from wsaudit.discover import relative, run_root


def overlay_of(config: Config, held: Mapping[str, bytes]) -> dict[str, bytes]:
    """What an audit of the configured paths is to read in the place of files.

    ``held`` are texts by absolute path, those that `Config.held` names.
    """
    root = run_root(sorted({os.path.abspath(path) for path in config.paths}))
    return {relative(path, root): text for path, text in held.items()}
