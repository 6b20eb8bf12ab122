"""merge

Revision ID: d4
Revises: b2, c3
Create Date: 2024-01-04 10:00:00+02:00

"""
revision = 'd4'
down_revision = ('b2', 'c3')

def upgrade():
    pass

def downgrade():
    pass
