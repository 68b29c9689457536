"""The one build step that pyproject.toml cannot name: translations are committed as .po and installed as .mo."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import setup
from setuptools.command.build_py import build_py


class BuildPy(build_py):
    """Compiles beside the sources, so that an editable install has the translations too."""

    def run(self) -> None:
        for source in Path("web/translations").glob("*/LC_MESSAGES/*.po"):
            with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
                write_mo(mo, read_po(po))
        super().run()


setup(cmdclass={"build_py": BuildPy})
