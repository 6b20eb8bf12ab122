"""create users

With their e-mail.

Revision ID: a1
Revises: 
Create Date: 2024-01-01 10:00:00.123456

"""
from typing import Sequence, Union
from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = 'a1'
down_revision: Union[str, Sequence[str], None] = None
branch_labels: Union[str, Sequence[str], None] = ('shop',)
depends_on = None

def upgrade() -> None:
    op.create_table("users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(255), nullable=False, unique=True))

def downgrade() -> None:
    op.drop_table("users")
