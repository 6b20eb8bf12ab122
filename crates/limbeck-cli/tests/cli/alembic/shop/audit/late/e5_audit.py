"""audit"""
from alembic import op
import sqlalchemy as sa
revision = 'e5'
down_revision = None
branch_labels = ['audit']
depends_on = 'b2'

def upgrade():
    op.create_table("audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id")))

def downgrade():
    op.drop_table("audit")
