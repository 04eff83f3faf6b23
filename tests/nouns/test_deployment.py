"""Which server program runs the endpoints, and whether it pings its clients."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.deployment.deployments import deployments, pings_at
from wsaudit.model import Seen
from wsaudit.model.deployment import Deployment, Told

PINGS, SILENT, UNKNOWN = Seen.PRESENT, Seen.ABSENT, Seen.UNKNOWN


def _found(path: str, text: str) -> list[Deployment]:
    return list(deployments(scene_of({path: text})))


def _pings(files: dict[str, str], path: str = "app/main.py") -> Seen:
    return pings_at(scene_of(files), path).seen


# -- commands ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", 'FROM python\nCMD ["uvicorn", "a:b", "--ws", "auto"]\n'),
        ("Dockerfile", "FROM python\nCMD uvicorn a:b --ws auto\n"),
        ("Dockerfile", 'ENTRYPOINT ["uvicorn"]\nCMD ["a:b", "--ws", "auto"]\n'),
        ("Dockerfile.prod", "CMD exec uvicorn a:b \\\n  --ws=auto\n"),
        ("Dockerfile", 'CMD ["sh", "-c", "migrate && uvicorn a:b --ws auto"]\n'),
        ("Dockerfile", "CMD FOO=1 /venv/bin/uvicorn a:b --ws auto\n"),
        ("compose.yml", "services:\n  web:\n    command: uvicorn a:b --ws auto\n"),
        ("compose.yml", 'web:\n  command: "uvicorn a:b --ws auto"\n  ports: []\n'),
        ("compose.yml", 'web:\n  command: ["uvicorn", "a:b", "--ws", "auto"]\n'),
        (
            "compose.yml",
            "web:\n  command:\n    - uvicorn\n    - a:b\n    - --ws\n    - auto\n",
        ),
        (
            "compose.yml",
            "web:\n  command:\n  - uvicorn\n  - --ws\n  - auto\n  image: x\n",
        ),
        (
            "compose.yml",
            "web:\n  command: >\n    uvicorn a:b\n    --ws auto\n  image: x\n",
        ),
        ("Procfile", "web: python -m uvicorn a:b --ws auto\n"),
        ("chat.service", "[Service]\nExecStart=/usr/bin/uvicorn a:b --ws auto\n"),
        ("start.sh", "#!/bin/sh\nset -e\nexec poetry run uvicorn a:b --ws auto\n"),
        ("start.sh", "wait-for db; uvicorn a:b --ws auto 2>&1 | tee log\n"),
        ("Makefile", "run:\n\t@uv run uvicorn a:b --ws auto\n"),
        ("package.json", '{"scripts": {"api": "uvicorn a:b --ws auto"}}'),
        (
            "package.json",
            '{"scripts": {"x": "concurrently \\"uvicorn a:b --ws auto\\" vite"}}',
        ),
    ],
)
def test_command_starts_a_runner(path: str, text: str) -> None:
    """Every kind of file that starts something, with its options."""
    (found,) = _found(path, text)

    assert (found.runner, found.told) == ("uvicorn", Told.COMMAND)
    assert found.options == {"ws": "auto"}
    assert found.pings.present
    assert found.at.path == path
    assert "uvicorn" in text[found.at.start : found.at.end] or "command" in text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "RUN pip install uvicorn\n"),
        ("start.sh", "pip install uvicorn gunicorn\n"),
        ("start.sh", "uv add uvicorn\n"),
        ("start.sh", "# uvicorn a:b\n"),
        ("start.sh", 'echo "uvicorn a:b is about to start"\n'),
        ("start.sh", "pkill uvicorn\n"),
        ("start.sh", "tail -n 50 uvicorn.log\n"),
        ("start.sh", "gunicorn wsgi:application --workers 4\n"),
        ("package.json", '{"scripts": "uvicorn"}'),
        ("package.json", "{"),
        ("compose.yml", "web:\n  image: uvicorn\n"),
        ("notes.yml", "command: uvicorn a:b\n"),
        ("tests/start.sh", "uvicorn a:b\n"),
        ("Dockerfile", "CMD ['unclosed\n"),
    ],
)
def test_nothing_is_started(path: str, text: str) -> None:
    """A name alone, an installation or a server of another kind starts no runner."""
    assert _found(path, text) == []


@pytest.mark.parametrize(
    ("command", "runner", "pings"),
    [
        ("uvicorn a:b", "uvicorn", PINGS),
        ("uvicorn a:b --ws-ping-interval 0", "uvicorn", SILENT),
        ("uvicorn a:b --ws-ping-interval $PING", "uvicorn", UNKNOWN),
        ('uvicorn a:b "$@"', "uvicorn", UNKNOWN),
        ("uvicorn a:b --ws wsproto", "uvicorn", UNKNOWN),
        ("fastapi run app/main.py", "uvicorn", PINGS),
        ("fastapi dev", "uvicorn", PINGS),
        ("hypercorn a:b", "hypercorn", SILENT),
        ("hypercorn a:b --websocket-ping-interval 20", "hypercorn", PINGS),
        ("daphne a:b", "daphne", PINGS),
        ("daphne a:b --ping-interval=0", "daphne", SILENT),
        ("granian --interface asgi a:b", "granian", SILENT),
        ("gunicorn a:b -k uvicorn.workers.UvicornWorker", "uvicorn", PINGS),
        ("gunicorn a:b --worker-class uvicorn_worker.UvicornWorker", "uvicorn", PINGS),
        ("gunicorn a:b -k our.Worker", "gunicorn", UNKNOWN),
        ("gunicorn a:b -k $WORKER", "gunicorn", UNKNOWN),
    ],
)
def test_runner_pings_as_its_options_say(
    command: str, runner: str, pings: Seen
) -> None:
    """What each program does by itself, and with its options."""
    (found,) = _found("start.sh", command + "\n")

    assert (found.runner, found.pings.seen) == (runner, pings)
    assert found.pings.why


@pytest.mark.parametrize(
    ("version", "pings"),
    [
        ("uvicorn==0.45.0", SILENT),
        ("uvicorn[standard]>=0.46", PINGS),
        ("uvicorn", UNKNOWN),
        ("uvicorn==0.45.0\nuvicorn>=0.50", UNKNOWN),
    ],
)
def test_version_decides_where_an_old_one_did_not_ping(
    version: str, pings: Seen
) -> None:
    """``wsproto`` under Uvicorn has sent pings since 0.46.0."""
    files = {"start.sh": "uvicorn a:b --ws wsproto\n", "requirements.txt": version}

    assert _pings(files) is pings


# -- code and configuration --------------------------------------------------------

HYPERCORN = """\
import asyncio
from hypercorn.asyncio import serve
from hypercorn.config import Config
from app import app

config = Config()
SETTING
asyncio.run(serve(app, config))
"""


@pytest.mark.parametrize(
    ("code", "runner", "pings"),
    [
        ('import uvicorn\nuvicorn.run("a:b", port=80)', "uvicorn", PINGS),
        ("import uvicorn\nuvicorn.run(app, ws_ping_interval=None)", "uvicorn", SILENT),
        ("import uvicorn\nuvicorn.run(app, **options)", "uvicorn", UNKNOWN),
        (
            "from uvicorn import Config\nConfig(app, ws_ping_interval=5)",
            "uvicorn",
            PINGS,
        ),
        (HYPERCORN.replace("SETTING", ""), "hypercorn", SILENT),
        (
            HYPERCORN.replace("SETTING", "config.websocket_ping_interval = 20"),
            "hypercorn",
            PINGS,
        ),
        (
            HYPERCORN.replace("Config()", "Config.from_toml('x')").replace(
                "SETTING", ""
            ),
            "hypercorn",
            UNKNOWN,
        ),
        ("from granian import Granian\nGranian('a:b').serve()", "granian", SILENT),
    ],
)
def test_code_starts_a_runner(code: str, runner: str, pings: Seen) -> None:
    """Keywords and attributes of a configuration are options."""
    (found,) = _found("main.py", code + "\n")

    assert (found.runner, found.told, found.pings.seen) == (runner, Told.CODE, pings)


@pytest.mark.parametrize(
    ("path", "text", "runner", "pings"),
    [
        ("hypercorn.toml", "websocket_ping_interval = 20\n", "hypercorn", PINGS),
        ("hypercorn.toml", 'bind = "x"\n', "hypercorn", SILENT),
        ("hypercorn.toml", "not toml", "hypercorn", SILENT),
        (
            "gunicorn.conf.py",
            'worker_class = "uvicorn.workers.UvicornWorker"\n',
            "uvicorn",
            PINGS,
        ),
    ],
)
def test_configuration_file(path: str, text: str, runner: str, pings: Seen) -> None:
    """A program's own configuration file tells that it is used, and how."""
    (found,) = _found(path, text)

    assert (found.runner, found.told, found.pings.seen) == (runner, Told.CONFIG, pings)


def test_gunicorn_without_asgi_workers_serves_no_websockets() -> None:
    """A configuration without a worker class is of no interest."""
    assert _found("gunicorn.conf.py", 'bind = "0.0.0.0"\n') == []


# -- dependencies ------------------------------------------------------------------

POETRY = """\
[tool.poetry.dependencies]
python = "^3.12"
uvicorn = {version = "^0.30", extras = ["standard"]}
"""


@pytest.mark.parametrize(
    ("path", "text", "pings"),
    [
        (
            "requirements.txt",
            "fastapi==1.0\n# x\n-r base.txt\nuvicorn==0.54.0\n",
            PINGS,
        ),
        ("requirements-prod.txt", "fastapi[standard]>=0.115\n", PINGS),
        ("pyproject.toml", '[project]\ndependencies = ["Uvicorn>=0.30; x"]\n', PINGS),
        ("pyproject.toml", POETRY, PINGS),
        ("pyproject.toml", "[project]\nname = 'x'\n", UNKNOWN),
        ("pyproject.toml", "broken", UNKNOWN),
        ("requirements.txt", "hypercorn\n", UNKNOWN),
        ("requirements.txt", "granian\n", SILENT),
        ("requirements.txt", "gunicorn\n", UNKNOWN),
        ("requirements.txt", "hypercorn\nuvicorn\n", UNKNOWN),
    ],
)
def test_dependency_says_which_runner(path: str, text: str, pings: Seen) -> None:
    """What a program does unless told otherwise; what must be asked for is unknown."""
    assert _pings({path: text}) is pings


# -- several -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "pings"),
    [
        ({}, UNKNOWN),
        ({"Procfile": "web: hypercorn a:b", "requirements.txt": "uvicorn"}, SILENT),
        ({"Procfile": "web: hypercorn a:b\nold: uvicorn a:b"}, UNKNOWN),
        ({"Procfile": "web: uvicorn a:b\nold: daphne a:b"}, PINGS),
        (
            {"app/Procfile": "web: uvicorn a:b", "other/Procfile": "x: granian a:b"},
            PINGS,
        ),
        (
            {"Procfile": "web: uvicorn a:b\nx: uvicorn a:b $A --ws-ping-interval=$A"},
            UNKNOWN,
        ),
    ],
)
def test_nearest_deployments_decide_when_they_agree(
    files: dict[str, str], pings: Seen
) -> None:
    """Several that do alike are as good as one; those of other folders are others."""
    found = pings_at(scene_of(files), "app/main.py")

    assert found.seen is pings
    assert found.why
