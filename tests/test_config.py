"""The configuration: which file counts, and what is refused with a clear sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wsaudit.config import Config, ConfigError, Pair, configured, load_config
from wsaudit.rule import Priority

WHOLE = """\
paths = ["backend", "frontend/src"]
exclude = ["old"]
extend-exclude = ["*.gen.ts"]
select = ["WS1", "errors"]
ignore = ["WS153"]
fail-on = "never"
strict = true
public-endpoints = ["/ws/prices"]
non-browser = ["/media"]
dialects = ["tools/*.toml"]

[per-path-ignores]
"admin/**" = ["WS160"]

[contract]
pairs = [{client = "ws.ts", server = "/ws/jobs"}]
"""


def _load(root: Path, text: str, name: str = "wsaudit.toml") -> Config:
    (root / name).write_text(text, encoding="utf-8")
    return load_config(str(root))


def test_every_key_is_read(tmp_path: Path) -> None:
    """Each key of the file becomes a field."""
    config = _load(tmp_path, WHOLE)

    assert config == Config(
        root=str(tmp_path),
        file=str(tmp_path / "wsaudit.toml"),
        paths=(str(tmp_path / "backend"), str(tmp_path / "frontend/src")),
        exclude=("old",),
        extend_exclude=("*.gen.ts",),
        select=("WS1", "errors"),
        ignore=("WS153",),
        fail_on=None,
        strict=True,
        per_path_ignores=(("admin/**", ("WS160",)),),
        public_endpoints=("/ws/prices",),
        non_browser=("/media",),
        dialects=("tools/*.toml",),
        contract_pairs=(Pair("ws.ts", "/ws/jobs"),),
    )


def test_pyproject_has_a_table(tmp_path: Path) -> None:
    """`[tool.wsaudit]` holds the same keys."""
    text = '[tool.other]\nfail-on = 3\n[tool.wsaudit]\nfail-on = "P0"\n'

    assert _load(tmp_path, text, "pyproject.toml").fail_on is Priority.P0


def test_pyproject_of_others_is_passed_over(tmp_path: Path) -> None:
    """A file without our table does not end the search, nor does its syntax matter."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "wsaudit.toml").write_text("strict = true\n")
    for name, text in (
        ("a", "[tool.x]\ny = 1\n"),
        ("b", "not toml"),
        ("c", "[wsaudit]"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "pyproject.toml").write_text(text)

        assert load_config(str(folder)).strict


def test_nearest_file_counts(tmp_path: Path) -> None:
    """The search goes up to the repository's top and no further."""
    top = tmp_path / "repository"
    inner = top / "app" / "web"
    inner.mkdir(parents=True)
    (tmp_path / "wsaudit.toml").write_text("strict = true\n")
    (top / ".git").mkdir()
    without = load_config(str(inner))
    (top / ".wsaudit.toml").write_text('fail-on = "P0"\n')
    outer = load_config(str(inner))
    (top / "app" / "wsaudit.toml").write_text('fail-on = "P2"\n')
    near = load_config(str(inner))

    assert (without.strict, without.file, without.root) == (False, "", str(top))
    assert (outer.fail_on, outer.root) == (Priority.P0, str(top))
    assert (near.fail_on, near.root) == (Priority.P2, str(top / "app"))


def test_isolated_reads_no_file(tmp_path: Path) -> None:
    """`--isolated` is for repositories of strangers."""
    (tmp_path / "wsaudit.toml").write_text("not toml")

    assert load_config(str(tmp_path), isolated=True) == Config(str(tmp_path))


def test_named_file_is_the_only_one(tmp_path: Path) -> None:
    """`--config` wins over what lies around."""
    (tmp_path / "wsaudit.toml").write_text("not toml")
    (tmp_path / "other.toml").write_text("strict = true\n")

    assert load_config(str(tmp_path), file=str(tmp_path / "other.toml")).strict


def test_named_file_without_a_table_is_empty(tmp_path: Path) -> None:
    """A `pyproject.toml` that is named need not have our table."""
    path = tmp_path / "pyproject.toml"
    path.write_text("[project]\nname = 'x'\n")

    assert load_config(str(tmp_path), file=str(path)) == Config(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []\n", "1:1: unknown key `selct`; did you mean `select`?"),
        ("\n\nqqqq = 1\n", "3:1: unknown key `qqqq`"),
        ("[contract]\npair = []\n", "2:1: unknown key `pair`; did you mean `pairs`?"),
        (
            "[contract]\npairs = [{client = 'a', sever = 'b'}]\n",
            "2:25: unknown key `sever`; did you mean `server`?",
        ),
        (
            "contract.pairs = [{client = 'a'}]\n",
            "1:19: a pair needs `client` and `server`",
        ),
        ("contract.pairs = 1\n", "1:10: `pairs` must be a list of tables"),
        ("contract.pairs = [1]\n", "1:19: `contract.pairs` must be a table"),
        (
            "[[contract.pairs]]\nclient = 1\nserver = ''\n",
            "2:1: `client` must be a string",
        ),
        ("select = 'WS1'\n", "1:1: `select` must be a list of strings"),
        ("select = [1]\n", "1:11: `select` must be a list of strings"),
        ("strict = 'yes'\n", "1:1: `strict` must be true or false"),
        ("fail-on = 'P7'\n", "1:1: `fail-on` is one of P0, P1, P2, never, not `P7`"),
        ("fail-on = 1\n", "1:1: `fail-on` must be a string"),
        ("per-path-ignores = []\n", "1:1: `per-path-ignores` must be a table"),
        ("[per-path-ignores]\n'a' = 1\n", "2:1: `a` must be a list of strings"),
        ("paths = ['../x']\n", "1:10: `../x` leaves the project"),
        ("paths = ['/etc']\n", "1:10: `/etc` leaves the project"),
        (
            "# dialects\ndialects = ['~/../../x']\n",
            "2:13: `~/../../x` leaves the project",
        ),
        ("a = \n", "1:5: not TOML: invalid value"),
        ("rules = []\n", "1:1: `rules` must be a table"),
        ("[rules]\nWS1 = 3\n", "2:1: `rules.WS1` must be a table"),
        ("rules.WS1.far = true\n", "1:11: `far` must be a number"),
        ("rules.WS1.far = nan\n", "1:11: `far` must be a number"),
        ("rules.WS1.priority = 'P3'\n", "`priority` is one of P0, P1, P2, not `P3`"),
        ("extend = 3\n", "1:1: `extend` must be a string"),
        ("extend = 'nowhere.toml'\n", "1:1: `nowhere.toml` is no file"),
        ("extend = '../a.toml'\n", "1:1: `../a.toml` leaves the repository"),
        ("extend = 'wsaudit.toml'\n", "1:1: `wsaudit.toml` leads back here"),
        ("a = 1\na = 2\n", "not TOML: cannot overwrite a value"),
    ],
)
def test_mistake_is_named_with_its_place(
    text: str, message: str, tmp_path: Path
) -> None:
    """One sentence says line, column and what, and what was probably meant."""
    with pytest.raises(ConfigError, match=re.escape(message)) as error:
        _load(tmp_path, text)

    assert "wsaudit.toml:" in str(error.value)
    assert "\n" not in str(error.value)


def test_mistake_in_pyproject_has_the_line_of_our_table(tmp_path: Path) -> None:
    """The same key in another tool's table is not blamed."""
    text = "[tool.other]\nselct = 1\n\n[tool.wsaudit]\nselct = []\n"

    with pytest.raises(ConfigError, match=r"pyproject\.toml:5:1: unknown key `selct`"):
        _load(tmp_path, text, "pyproject.toml")


def test_table_must_be_a_table(tmp_path: Path) -> None:
    """`tool.wsaudit = 1` is refused."""
    with pytest.raises(ConfigError, match=r"`tool\.wsaudit` must be a table"):
        _load(tmp_path, "[tool]\nwsaudit = 1\n", "pyproject.toml")


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are no configuration."""
    (tmp_path / "wsaudit.toml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_config(str(tmp_path))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A file named with `--config` must be there."""
    with pytest.raises(ConfigError, match=r"cannot read .*nowhere\.toml"):
        load_config(str(tmp_path), file=str(tmp_path / "nowhere.toml"))


def test_config_and_isolated_exclude_each_other(tmp_path: Path) -> None:
    """To read one file and none at once is refused."""
    with pytest.raises(ConfigError, match="exclude each other"):
        load_config(str(tmp_path), file="x", isolated=True)


def test_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    """A path that leaves the project through a link leaves it."""
    (tmp_path / "away").symlink_to("/")

    with pytest.raises(ConfigError, match="`away/etc` leaves the project"):
        _load(tmp_path, "paths = ['away/etc']\n")


def test_paths_come_from_the_line_then_the_file_then_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named paths win over configured ones, those over the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app").mkdir()
    bare = configured(())
    (tmp_path / "wsaudit.toml").write_text("paths = ['app']\n")

    assert bare.paths == (str(tmp_path),)
    assert configured(()).paths == (str(tmp_path / "app"),)
    assert configured(("other",)).paths == (str(tmp_path / "other"),)


def test_configuration_is_looked_for_around_the_named_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An audited project brings its own configuration, also from outside of it."""
    project = tmp_path / "project"
    (project / "web").mkdir(parents=True)
    (project / "wsaudit.toml").write_text("strict = true\n")
    (project / "a.py").write_text("")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    assert configured((str(project),)).strict
    assert configured((str(project / "a.py"),)).strict
    assert not configured((str(project / "web"),)).strict


def test_changed_files_audit_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names a hook passes choose what is reported, not what is read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.py").write_text("")
    config = configured(("a.py",), changed_files=True)

    assert config.paths == (str(tmp_path),)
    assert config.report_only == (str(tmp_path / "a.py"),)
    with pytest.raises(ConfigError, match="needs the names"):
        configured((), changed_files=True)


def test_extended_file_is_where_this_one_begins(tmp_path: Path) -> None:
    """Keys replace those of the file below, lists of additions and tables grow."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "shared.toml").write_text(
        "select = ['WS1']\nfail-on = 'P0'\nextend-ignore = ['WS105']\n"
        "paths = ['web']\nrules.WS105.priority = 'P2'\nrules.WS130.far = 1\n"
    )
    (tmp_path / "app").mkdir()
    config = _load(
        tmp_path / "app",
        "extend = '../shared.toml'\nfail-on = 'p2'\nextend-ignore = ['WS130']\n"
        "rules.WS130.priority = 'P0'\n",
    )

    assert (config.select, config.fail_on) == (("WS1",), Priority.P2)
    assert config.extend_ignore == ("WS105", "WS130")
    assert config.paths == (str(tmp_path / "app/web"),)
    assert {word: dict(table) for word, table in config.rules} == {
        "WS105": {"priority": "P2"},
        "WS130": {"far": 1, "priority": "P0"},
    }
    assert config.where("select").endswith("shared.toml:1:1")
    assert config.where("extend-ignore", word="WS130").endswith("wsaudit.toml:3:18")


def test_extended_pyproject_has_our_table(tmp_path: Path) -> None:
    """A file that says nothing to us cannot be meant."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")

    with pytest.raises(ConfigError, match=r"has no table `tool\.wsaudit`"):
        _load(tmp_path, "extend = 'pyproject.toml'\n")


def test_file_that_is_the_root_counts_for_all_folders(tmp_path: Path) -> None:
    """It wins over those that are nearer, so that each start finds the same."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "wsaudit.toml").write_text("root = true\nstrict = true\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/wsaudit.toml").write_text("ignore = ['WS1']\n")

    assert load_config(str(tmp_path / "app")).root == str(tmp_path)


@pytest.mark.parametrize(
    ("word", "field", "value"),
    [
        ("fail-on=p0", "fail_on", Priority.P0),
        ("select=['WS1']", "select", ("WS1",)),
        ("strict = true", "strict", True),
        ("extend-exclude=['x']", "extend_exclude", ("old", "x")),
        ("rules.WS130.far=2", "rules", (("WS130", (("far", 2),)),)),
    ],
)
def test_setting_of_the_line_wins(
    word: str, field: str, value: object, tmp_path: Path
) -> None:
    """`-c` says what a line of the file would say."""
    (tmp_path / "wsaudit.toml").write_text("extend-exclude = ['old']\n")
    config = load_config(str(tmp_path), settings=(word,))

    assert getattr(config, field) == value
    assert (
        config.where(word.partition("=")[0].strip().partition(".")[0]) == f"-c {word}"
    )


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("strict", "`-c strict` is not -c KEY=VALUE"),
        ("=3", "-c =3: `` is no key"),
        ("selct=3", "-c selct=3: unknown key `selct`; did you mean `select`?"),
        ("root=true", "-c root=true: this belongs into a file"),
    ],
)
def test_wrong_setting_of_the_line_is_refused(
    word: str, message: str, tmp_path: Path
) -> None:
    """With the word itself, which has no line to count."""
    with pytest.raises(ConfigError, match=re.escape(message)):
        load_config(str(tmp_path), settings=(word,))
