"""names are there

Revision ID: 3c4d
Revises: 1a2b
Create Date: 2024-02-01 10:00:00

"""
from alembic import op
import sqlalchemy as sa

revision = "3c4d"
down_revision = "1a2b"

people = sa.Table(
    "people",
    sa.MetaData(),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("name", sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint("id"),
)


def upgrade():
    with op.batch_alter_table("people", copy_from=people) as batch:
        batch.alter_column("name", nullable=False)


def downgrade():
    with op.batch_alter_table("people", copy_from=people) as batch:
        batch.alter_column("name", nullable=True)
