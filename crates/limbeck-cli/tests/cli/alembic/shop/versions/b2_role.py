"""add role

Revision ID: b2
Revises: a1
Create Date: 2024-01-02 10:00:00

"""
from alembic import op
import sqlalchemy as sa
revision = 'b2'
down_revision = 'a1'
branch_labels = None
depends_on = None

role = sa.Enum('admin', "it's", name='role')

def upgrade():
    role.create(op.get_bind(), checkfirst=False)
    op.add_column("users", sa.Column("role", role, server_default='admin', nullable=False))
    op.execute("UPDATE users SET email = 'x\n-- Running upgrade z -> y\n' WHERE email LIKE 'a%'")

def downgrade():
    op.drop_column("users", "role")
    role.drop(op.get_bind(), checkfirst=False)
