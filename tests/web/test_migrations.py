"""The database's history: one line, there and back, ending at the models."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from web.config import Settings


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = Config(toml_file=str(Path(__file__).parents[2] / "pyproject.toml"))
    config.attributes["database_url"] = Settings(instance_folder=tmp_path).database()
    return config


def _schema(config: Config) -> dict[str, list[str]]:
    engine = create_engine(config.attributes["database_url"])
    look = inspect(engine)
    schema = {
        table: sorted(str(column) for column in look.get_columns(table) + look.get_indexes(table))
        for table in look.get_table_names()
        if table != "alembic_version"
    }
    engine.dispose()
    return schema


def test_there_is_one_head_and_numbers_follow_each_other(config: Config) -> None:
    script = ScriptDirectory.from_config(config)
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == [f"{number:04}" for number in range(len(revisions), 0, -1)]


def test_the_head_equals_the_models(config: Config) -> None:
    command.upgrade(config, "head")
    command.check(config)


def test_every_step_goes_back_to_where_it_came_from(config: Config) -> None:
    script = ScriptDirectory.from_config(config)
    for revision in reversed(list(script.walk_revisions())):
        before = _schema(config)
        command.upgrade(config, revision.revision)
        after = _schema(config)
        command.downgrade(config, "-1")
        assert _schema(config) == before
        command.upgrade(config, revision.revision)
        assert _schema(config) == after
