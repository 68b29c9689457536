"""The analysts' tutorial runs from top to bottom, and shows what it then prints."""

from __future__ import annotations

import ast
import doctest
import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"

_FENCED = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"-?\d[\d.]*")
_LINK = re.compile(r"\]\((?P<target>[^)#]+)\)")
_LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_DISPLAY = ("display.width", "display.max_columns", "display.max_colwidth", "display.precision")


@dataclass(frozen=True)
class Block:
    """Code, the line it starts on, and what stands under it as its output.

    A sample moves with the data: only the words of its first line are compared, and how many lines there are.
    """

    line: int
    code: str
    shown: str | None = None
    is_sample: bool = False

    def run(self, namespace: dict[str, Any]) -> str:
        """What it prints and, as in a notebook, the value of a last expression."""
        tree = ast.parse(self.code)
        ast.increment_lineno(tree, self.line - 1)
        last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None  # type: ignore[attr-defined]
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(tree, TUTORIAL, "exec"), namespace)  # noqa: S102 - our own document
            value = eval(compile(last, TUTORIAL, "eval"), namespace) if last else None  # noqa: S307 - the same
            if value is not None:
                print(repr(value))
                getattr(value, "_repr_html_", str)()  # what a notebook shows
        return printed.getvalue()

    def agrees(self, printed: str) -> bool:
        if self.shown is None:
            return True
        if not self.is_sample:
            return doctest.OutputChecker().check_output(self.shown, printed, _LENIENT)
        shown, found = self.shown.splitlines(), printed.splitlines()
        return len(shown) == len(found) and _head(shown) == _head(found)


def _head(lines: list[str]) -> list[str]:
    """The words of the first line, such as the columns of a table, whatever its numbers."""
    return [_NUMBER.sub("#", word) for word in lines[0].split()] if lines else []


def read_blocks(text: str) -> Iterator[Block]:
    """The blocks of python in order, each with the output that follows it."""
    code: Block | None = None
    for fenced in _FENCED.finditer(text):
        info, body, line = fenced["info"], fenced["body"], text.count("\n", 0, fenced.start("body")) + 1
        if info == "python":
            if code:
                yield code
            code = Block(line, body)
        elif info in ("text", "text sample") and code and code.shown is None:
            code = Block(code.line, code.code, body, info == "text sample")
        else:
            raise ValueError(f"line {line}: {info} follows no code")
    if code:
        yield code


def test_the_tutorial_runs_and_shows_what_it_prints() -> None:
    namespace: dict[str, Any] = {}
    with pd.option_context(*(setting for name in _DISPLAY for setting in (name, pd.get_option(name)))):
        for block in read_blocks(TUTORIAL.read_text("utf-8")):
            printed = block.run(namespace)
            assert block.agrees(printed), f"line {block.line} of {TUTORIAL.name} prints\n{printed}"


def test_the_tutorial_leads_somewhere() -> None:
    targets = [link["target"] for link in _LINK.finditer(TUTORIAL.read_text("utf-8"))]
    assert targets and all((TUTORIAL.parent / target).is_file() for target in targets)


# --- the runner itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "is_sample", "printed", "agrees"),
    [
        (None, False, "anything\n", True),
        ("[1,\n 2]\n", False, "[1, 2]\n", True),
        ("[1, ...]\n", False, "[1, 2]\n", True),
        ("3\n", False, "4\n", False),
        ("   a  b\n0  1  2\n", True, "    a  b\n0  11  2\n", True),
        ("by 0.1 to 2.\n", True, "by -3 to 4.5.\n", True),
        ("by 0.1\n", True, "", False),
        ("   a  b\n0  1  2\n", True, "   a  c\n0  1  2\n", False),
        ("   a  b\n0  1  2\n", True, "   a  b\n0  1  2\n1  3  4\n", False),
    ],
)
def test_an_output_agrees(shown: str | None, is_sample: bool, printed: str, agrees: bool) -> None:  # noqa: FBT001 - test parameters
    assert Block(1, "", shown, is_sample).agrees(printed) is agrees


def test_blocks_share_one_namespace_and_know_their_lines() -> None:
    text = "Say:\n\n```python\na = 1\nprint(a)\na + 1\n```\n\nand see\n\n```text\n1\n2\n```\n\n```python\nb\n```\n"
    first, second = read_blocks(text)
    namespace: dict[str, Any] = {}
    assert (first.line, first.shown, second.line, second.shown) == (4, "1\n2\n", 17, None)
    assert first.run(namespace) == first.shown and namespace["a"] == 1
    with pytest.raises(NameError) as error:
        second.run(namespace)
    assert error.traceback[-1].lineno == 16  # counted from 0


@pytest.mark.parametrize("text", ["```text\n1\n```\n", "```python\n1\n```\n```text\n1\n```\n```text\n1\n```\n"])
def test_an_output_without_code_is_a_mistake(text: str) -> None:
    with pytest.raises(ValueError, match="follows no code"):
        list(read_blocks(text))
