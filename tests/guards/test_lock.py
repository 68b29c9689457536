"""The locks install the same files everywhere: every pin hashed, nothing that says where to download from."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
RUN, TEST = "requirements.lock", "requirements-test.lock"

# The whole grammar of a lock: anything else (an index, a link, a file, an editable install) is refused.
_PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?P<marker> ; [^\\]+)? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?P<more> \\)?")


def _pins(lock: str) -> dict[tuple[str, str], int]:
    """How many hashes each pinned (name, version) has."""
    pins: dict[tuple[str, str], int] = {}
    pin = ("", "")
    for number, line in enumerate((ROOT / lock).read_text("utf-8").splitlines(), 1):
        if opening := _PIN.fullmatch(line):
            pin = (opening["name"], opening["version"])
            assert pin not in pins, f"{lock}:{number}: pinned twice"
            pins[pin] = 0
        else:
            assert _HASH.fullmatch(line), f"{lock}:{number}: neither a pin nor a hash: {line}"
            pins[pin] += 1
    return pins


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _wanted(lock: str) -> list[Requirement]:
    """What pyproject.toml asks of a lock."""
    project = _project()
    groups = project["dependency-groups"]
    wanted = project["project"]["dependencies"] + groups["build"] + project["build-system"]["requires"]
    if lock == TEST:
        wanted += [entry for entry in groups["test"] if isinstance(entry, str)]
        wanted += [entry for extra in project["project"]["optional-dependencies"].values() for entry in extra]
    return [Requirement(entry) for entry in wanted]


@pytest.mark.parametrize("lock", [RUN, TEST])
def test_every_pin_has_hashes_and_no_address(lock: str) -> None:
    pins = _pins(lock)
    assert pins
    assert not [pin for pin, hashes in pins.items() if hashes == 0]


@pytest.mark.parametrize("lock", [RUN, TEST])
def test_every_dependency_is_pinned_within_its_range(lock: str) -> None:
    pins = _pins(lock)
    for requirement in _wanted(lock):
        name = canonicalize_name(requirement.name)
        versions = [version for pinned, version in pins if pinned == name]
        assert versions, f"{name} is not in {lock}: run make lock"
        assert all(requirement.specifier.contains(v) for v in versions), f"{requirement} but {lock} has {versions}"


def test_tests_run_on_what_users_run_on() -> None:
    assert _pins(RUN).keys() <= _pins(TEST).keys()


@pytest.mark.parametrize("lock", [RUN, TEST])
def test_no_deep_learning_framework_slips_in(lock: str) -> None:
    # Gigabytes that the encoder does without.
    assert not {name for name, _ in _pins(lock)} & {"jax", "tensorflow", "torch"}
