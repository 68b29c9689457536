"""shortlists that can be brought back, and refusals in the other side's words.

It is VERY important that a migration is small, reversible, and safe while the previous release still runs: add first,
use in the next release, remove in the one after. Never edit a migration that has been released.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("shortlist", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("shortlist_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("refusal_note", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # The previous release knows nothing of rows that are only marked as deleted, and would show them again.
    op.execute(
        "DELETE FROM item_event WHERE item_id IN (SELECT id FROM shortlist_item WHERE deleted_at IS NOT NULL "
        "OR shortlist_id IN (SELECT id FROM shortlist WHERE deleted_at IS NOT NULL))"
    )
    op.execute(
        "DELETE FROM shortlist_item WHERE deleted_at IS NOT NULL "
        "OR shortlist_id IN (SELECT id FROM shortlist WHERE deleted_at IS NOT NULL)"
    )
    op.execute("DELETE FROM shortlist WHERE deleted_at IS NOT NULL")
    with op.batch_alter_table("shortlist_item", schema=None) as batch_op:
        batch_op.drop_column("deleted_at")
        batch_op.drop_column("refusal_note")

    with op.batch_alter_table("shortlist", schema=None) as batch_op:
        batch_op.drop_column("deleted_at")
