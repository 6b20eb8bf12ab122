"""posts"""
from alembic import op
import sqlalchemy as sa
revision = 'c3'
down_revision = 'a1'

def upgrade():
    op.create_table("posts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False))
    with op.get_context().autocommit_block():
        op.create_index("ix_posts_user_id", "posts", ["user_id"], postgresql_concurrently=True)
    op.execute("COMMENT ON TABLE posts IS 'what users write'")

def downgrade():
    op.drop_table("posts")
