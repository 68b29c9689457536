"""The wheel, built from the committed files alone, is complete, polite, and works away from the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Folder here -> package there.
_PACKAGES = {"matcher": "matcher", "data": "matcher/data", "web": "web", "migrations": "web/migrations"}


def _run(*command: str | Path, cwd: Path, settings: Mapping[str, str] | None = None) -> str:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("KAKEHASHI_", "PYTHON"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**inherited, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **(settings or {})},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _committed() -> list[str]:
    """The files of the checkout, and those about to be added."""
    listed = _run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, since a build leaves files behind which the next one would pick up."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in _committed():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    _run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", out, ".", cwd=source)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel installed into an environment of its own, which borrows its dependencies from this one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", wheel, cwd=folder)
    # After the install, or pip would see this environment's Kakehashi. A folder named in a .pth file has its own .pth
    # files ignored, so the editable install of the checkout stays out of sight.
    ours, theirs = sysconfig.get_path("purelib"), _run(python, "-c", _PURELIB, cwd=folder).strip()
    Path(theirs, "dependencies.pth").write_text(ours + "\n", "utf-8")
    return python.parent


_PURELIB = "import sysconfig; print(sysconfig.get_path('purelib'))"


def test_wheel_holds_exactly_the_packages(wheel: Path) -> None:
    expected = set()
    for name in _committed():
        folder, _, rest = name.partition("/")
        if folder in _PACKAGES and not rest.endswith(".pot"):
            expected.add(f"{_PACKAGES[folder]}/{rest}")
            if rest.endswith(".po"):
                expected.add(f"{_PACKAGES[folder]}/{rest.removesuffix('.po')}.mo")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == expected


def test_wheel_installs_two_top_level_names(wheel: Path) -> None:
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"matcher", "web"}


def test_wheel_carries_both_licences(wheel: Path) -> None:
    licences = [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/licenses/" in name]
    assert {name.split("/licenses/")[1] for name in licences} == {"LICENSE", "data/LICENSE"}


def test_imports_come_from_the_installed_wheel(bin_folder: Path, tmp_path: Path) -> None:
    code = "import matcher, matcher.data, web; print(matcher.__file__, matcher.data.__file__, web.__file__, sep='\\n')"
    for line in _run(bin_folder / "python", "-c", code, cwd=tmp_path).splitlines():
        assert Path(line).is_relative_to(bin_folder.parent)


def test_commands_answer_away_from_the_checkout(bin_folder: Path, tmp_path: Path) -> None:
    assert "usage" in _run(bin_folder / "python", "-m", "matcher", "--help", cwd=tmp_path).lower()
    assert "usage" in _run(bin_folder / "kakehashi", "--help", cwd=tmp_path).lower()


def test_a_database_is_made_and_filled_away_from_the_checkout(bin_folder: Path, tmp_path: Path) -> None:
    settings = {"KAKEHASHI_INSTANCE_FOLDER": str(tmp_path / "instance")}
    for command in (["db", "upgrade"], ["load"]):
        _run(bin_folder / "kakehashi", *command, cwd=tmp_path, settings=settings)
    assert (tmp_path / "instance" / "kakehashi.db").stat().st_size > 0
