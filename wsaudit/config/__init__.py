"""What the user asked for: `[tool.wsaudit]` or `wsaudit.toml`, checked key by key."""

from wsaudit.config.errors import ConfigError
from wsaudit.config.finding import FILE_NAMES, config_in, configured, load_config, told
from wsaudit.config.values import (
    EXCLUDED,
    Config,
    Pair,
    RuleSettings,
    parse_fail_on,
)

__all__ = [
    "EXCLUDED",
    "FILE_NAMES",
    "Config",
    "ConfigError",
    "Pair",
    "RuleSettings",
    "config_in",
    "configured",
    "load_config",
    "parse_fail_on",
    "told",
]
