"""interests: expressions of interest, and what both sides ask each other.

It is VERY important that a migration is small, reversible, and safe while the previous release still runs: add first,
use in the next release, remove in the one after. Never edit a migration that has been released.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INDEXED = ("from_id", "sender_id", "status", "to_id", "waits_since")


def upgrade() -> None:
    op.create_table(
        "interest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_id", sa.String(length=80), nullable=False),
        sa.Column("to_id", sa.String(length=80), nullable=False),
        sa.Column("open_key", sa.String(length=170), nullable=True),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("is_by_officer", sa.Boolean(), nullable=False),
        sa.Column("is_vouched", sa.Boolean(), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("programme_id", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("ended_by", sa.String(length=20), nullable=False),
        sa.Column("is_end_told", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.String(length=40), nullable=True),
        sa.Column("refusal_note", sa.Text(), nullable=False),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("muted", sa.JSON(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("certified", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["entry.id"], name=op.f("fk_interest_from_id_entry")),
        sa.ForeignKeyConstraint(["programme_id"], ["entry.id"], name=op.f("fk_interest_programme_id_entry")),
        sa.ForeignKeyConstraint(["sender_id"], ["user_account.id"], name=op.f("fk_interest_sender_id_user_account")),
        sa.ForeignKeyConstraint(["to_id"], ["entry.id"], name=op.f("fk_interest_to_id_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest")),
        sa.UniqueConstraint("open_key", name=op.f("uq_interest_open_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_interest_reference")),
    )
    with op.batch_alter_table("interest", schema=None) as batch_op:
        for name in _INDEXED:
            batch_op.create_index(batch_op.f(f"ix_interest_{name}"), [name], unique=False)

    op.create_table(
        "interest_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interest_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("is_sender", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_interest_message_author_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["interest_id"], ["interest.id"], name=op.f("fk_interest_message_interest_id_interest"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_message")),
    )
    with op.batch_alter_table("interest_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interest_message_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_interest_message_interest_id"), ["interest_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("interest_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interest_message_interest_id"))
        batch_op.drop_index(batch_op.f("ix_interest_message_author_id"))

    op.drop_table("interest_message")
    with op.batch_alter_table("interest", schema=None) as batch_op:
        for name in reversed(_INDEXED):
            batch_op.drop_index(batch_op.f(f"ix_interest_{name}"))

    op.drop_table("interest")
