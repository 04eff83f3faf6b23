"""The error that is the user's: a configuration that is wrong."""

from __future__ import annotations


class ConfigError(Exception):
    """The configuration is wrong; the message says where and what, in one sentence."""
