"""What the checkout as a whole keeps to."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]

# A newcomer reads this list first; a longer one would tell them less.
_TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "data",
    "docs",
    "matcher",
    "migrations",
    "pyproject.toml",
    "requirements-test.lock",
    "requirements.lock",
    "setup.py",
    "tests",
    "web",
}
_LONGEST = 700
_SOURCES = {".css", ".html", ".js", ".mako", ".py", ".sh", ".toml"}

# A path that only one machine has, at the start of a word (the middle of a web address is none), or the address of a
# registry, which the reader's own client knows better.
_MACHINE_PATH = re.compile(r"""(?<![\w./~%-])/(?:work|root|home|Users|opt|tmp)/""")
_REGISTRY = re.compile(r"pythonhosted|pypi[.]org|registry[.]npmjs|registry[.]yarnpkg|unpkg[.]com|deb[.]debian[.]org")


def _files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git runs here
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def _text(name: str) -> str:
    """Empty for a binary file."""
    try:
        return (ROOT / name).read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def test_top_level_is_fixed() -> None:
    assert {name.split("/")[0] for name in _files()} <= _TOP_LEVEL


def test_no_file_knows_one_machine_or_registry() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name in _files()
        if (ROOT / name) != Path(__file__)
        for number, line in enumerate(_text(name).splitlines(), 1)
        if _MACHINE_PATH.search(line) or _REGISTRY.search(line)
    ]
    assert not found


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("cd /work/main", True),
        ('path = "/root/.cache"', True),
        ("--index-url https://pypi.org/simple", True),
        ("https://www.example.com/work/2026", False),
        ("see docs/work/notes", False),
    ],
)
def test_the_patterns_tell_paths_from_addresses(line: str, is_found: bool) -> None:  # noqa: FBT001 - a test parameter
    assert bool(_MACHINE_PATH.search(line) or _REGISTRY.search(line)) is is_found


def test_no_source_file_is_too_long_to_read() -> None:
    lengths = {
        name: len(_text(name).splitlines())
        for name in _files()
        if Path(name).suffix in _SOURCES and not name.startswith("web/static/vendor/")
    }
    assert not {name: length for name, length in lengths.items() if length > _LONGEST}


def test_tests_are_no_packages() -> None:
    # tests/matcher as a package would shadow the library.
    assert not [name for name in _files() if name.startswith("tests/") and name.endswith("__init__.py")]


def test_what_is_imported_is_declared_and_what_is_declared_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deptry", "--no-ansi", "."], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_test_dependency_is_used() -> None:
    # deptry looks at the installed packages only. Most are imported by the name they have; these are called otherwise.
    spoken_as = {"import-linter": "lint-imports", "pytest-socket": "--disable-socket", "pytest-xdist": "--dist"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    users = [name for name in _files() if name == "Makefile" or (name.startswith("tests/") and name.endswith(".py"))]
    text = "\n".join(_text(name) for name in users if (ROOT / name) != Path(__file__))
    text += "deptry" + " ".join(project["tool"]["pytest"]["addopts"])
    names = [Requirement(entry).name for entry in project["dependency-groups"]["test"] if isinstance(entry, str)]
    assert not [name for name in names if spoken_as.get(name, name.replace("-", "_")) not in text]


def test_every_dependency_is_justified() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    declared = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(entry for extra in project["project"]["optional-dependencies"].values() for entry in extra),
        *(entry for group in project["dependency-groups"].values() for entry in group if isinstance(entry, str)),
    ]
    rows = re.findall(r"^\| `([^`]+)` \|(.+)\|(.+)\|(.+)\|$", _text("docs/dependencies.md"), re.MULTILINE)
    assert {name for name, *_ in rows} == {Requirement(entry).name for entry in declared}
    assert len(rows) == len({name for name, *_ in rows}), "a dependency has two lines"
    assert not [name for name, *cells in rows if not all(cell.strip() for cell in cells)]
