"""showings: how often kept profiles were shown, and who wants to be reminded before a listing ends.

It is VERY important that a migration is small, reversible, and safe while the previous release still runs: add first,
use in the next release, remove in the one after. Never edit a migration that has been released.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "showing",
        sa.Column("entry_id", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_showing_entry_id_entry")),
        sa.PrimaryKeyConstraint("entry_id", "day", "kind", name=op.f("pk_showing")),
    )
    # Rows of the previous release say nothing about reminders: they come unless refused.
    with op.batch_alter_table("keeper", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_reminded", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    with op.batch_alter_table("keeper", schema=None) as batch_op:
        batch_op.drop_column("is_reminded")

    op.drop_table("showing")
