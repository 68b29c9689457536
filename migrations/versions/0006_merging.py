"""merging: addresses of merged organisations lead on, and pairs that look alike but are two are remembered.

It is VERY important that a migration is small, reversible, and safe while the previous release still runs: add first,
use in the next release, remove in the one after. Never edit a migration that has been released.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redirect",
        sa.Column("from_id", sa.String(length=80), nullable=False),
        sa.Column("to_id", sa.String(length=80), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undo", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["entry.id"], name=op.f("fk_redirect_from_id_entry")),
        sa.ForeignKeyConstraint(["to_id"], ["entry.id"], name=op.f("fk_redirect_to_id_entry")),
        sa.PrimaryKeyConstraint("from_id", name=op.f("pk_redirect")),
    )
    with op.batch_alter_table("redirect", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redirect_to_id"), ["to_id"], unique=False)
    op.create_table(
        "distinct_pair",
        sa.Column("one_id", sa.String(length=80), nullable=False),
        sa.Column("other_id", sa.String(length=80), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("one_id", "other_id", name=op.f("pk_distinct_pair")),
    )


def downgrade() -> None:
    # Merged entries come back as organisations of their own; what the others took over stays with them.
    op.execute("UPDATE entry SET entry_type = 'organisation' WHERE entry_type = 'merged'")
    op.drop_table("distinct_pair")
    with op.batch_alter_table("redirect", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redirect_to_id"))
    op.drop_table("redirect")
