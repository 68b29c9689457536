"""The deployment files name only what exists: settings, commands, limits, versions and paths of this very project."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from web import cli
from web.cli import serving
from web.config import Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "deploy"
FILES = sorted(FOLDER.iterdir())
UNITS = sorted(FOLDER.glob("*.service"))
PROGRAM = "/srv/kakehashi/current/.venv/bin/kakehashi"


def text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def guide() -> str:
    return (ROOT / "docs" / "deploy.md").read_text("utf-8")


@pytest.mark.parametrize("path", [*FILES, ROOT / "docs" / "deploy.md"], ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(re.findall(r"(?i)\bkakehashi_([a-z]+(?:_[a-z]+)*)\b", path.read_text("utf-8")))
    assert {name.lower() for name in named} <= set(Settings.model_fields)


@pytest.mark.parametrize("name", [path.name for path in FILES])
def test_the_guide_names_every_file(name: str) -> None:
    assert f"deploy/{name}" in guide()


def commands() -> list[tuple[str, ...]]:
    """Every command that a file or a block of the guide calls, without its options and operands."""
    called = [re.findall(rf"{re.escape(PROGRAM)} ([a-z -]+)", path.read_text("utf-8")) for path in UNITS]
    called.append(
        [" ".join(words.split(", ")) for words in re.findall(r"command: \[([a-z, ]+)\]", text("compose.yaml"))]
    )
    blocks = re.findall(r"```sh\n(.*?)```", guide(), re.DOTALL)
    called.append(re.findall(r"(?m)^(?:sudo .*)?kakehashi ([a-z][a-z -]*)", "\n".join(blocks)))
    words = {tuple(word for word in call.split() if not word.startswith("-")) for call in chain(*called)}
    return sorted(words)


def test_there_are_commands_to_look_at() -> None:
    assert {("serve",), ("alerts", "run"), ("backup",), ("db", "upgrade"), ("load",)} <= set(commands())


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_that_is_called_exists(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "--help"])
    assert ended.value.code == 0, capsys.readouterr().err


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_agree_on_paths_and_hardening(unit: Path) -> None:
    found = unit.read_text("utf-8")
    assert f"{PROGRAM} " in found and f"/etc/systemd/system/{unit.name}" in found
    paths = set(re.findall(r"(?<![\w*%$])/(?:srv|etc|var)(?:/[\w.-]+)+", found))
    assert not [path for path in paths if path not in guide() and str(Path(path).parent) not in guide()]
    hardening = found[found.index("UMask=") :].partition("\n\n")[0].strip()
    server = text("kakehashi.service")
    assert hardening == server[server.index("UMask=") :].partition("\n\n")[0].strip()


def test_every_timer_has_its_service() -> None:
    assert {path.stem for path in FOLDER.glob("*.timer")} <= {path.stem for path in UNITS}


def test_who_stops_the_server_waits_long_enough() -> None:
    least = serving.REQUESTS_HAVE + serving.BACKGROUND_HAS
    (unit,) = re.findall(r"TimeoutStopSec=(\d+)", text("kakehashi.service"))
    (compose,) = re.findall(r"stop_grace_period: (\d+)s", text("compose.yaml"))
    assert least < float(unit) and least < float(compose)


@pytest.mark.parametrize(
    ("name", "body", "headers"),
    [
        ("nginx.conf", r"client_max_body_size (\d+)m;", r"large_client_header_buffers \d+ (\d+)k;"),
        ("Caddyfile", r"max_size (\d+)MiB", r"max_header_size (\d+)KiB"),
    ],
)
def test_proxies_take_what_the_application_takes(name: str, body: str, headers: str) -> None:
    assert [int(n) * 1024 * 1024 for n in re.findall(body, text(name))] == [serving.LARGEST_BODY]
    assert [int(n) * 1024 for n in re.findall(headers, text(name))] == [serving.LARGEST_HEADERS]
    assert f"127.0.0.1:{Settings.model_fields['port'].default}" in text(name)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Request-ID"])
def test_the_proxy_passes_what_the_application_trusts(header: str) -> None:
    assert f"proxy_set_header {header} " in text("nginx.conf")


def test_the_container_installs_as_make_run_does() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (version,) = re.findall(r"FROM \S+python:(\d\.\d+)", text("Dockerfile"))
    assert SpecifierSet(project["requires-python"]).contains(version)
    (target,) = re.findall(r"RUN make (\S+)", text("Dockerfile"))
    assert f"\nrun: {target}\n" in (ROOT / "Makefile").read_text("utf-8")
    (user,) = set(re.findall(r"(?:--uid |USER |user: \")(\d+)", text("Dockerfile") + text("compose.yaml")))
    assert user != "0"
