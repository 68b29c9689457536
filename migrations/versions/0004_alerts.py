"""alerts: mail with an HTML part and a way out, and deleted searches that can be brought back.

It is VERY important that a migration is small, reversible, and safe while the previous release still runs: add first,
use in the next release, remove in the one after. Never edit a migration that has been released.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The previous release inserts letters without these columns: the database fills them in.
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("html", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("unsubscribe", sa.String(length=500), nullable=False, server_default=""))
    with op.batch_alter_table("saved_search", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("saved_search", schema=None) as batch_op:
        batch_op.drop_column("deleted_at")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_column("unsubscribe")
        batch_op.drop_column("html")
