"""more audit"""
from alembic import op
import sqlalchemy as sa
revision = 'f6'
down_revision = 'e5'

def upgrade():
    op.add_column("audit", sa.Column("what", sa.Text))

def downgrade():
    op.drop_column("audit", "what")
