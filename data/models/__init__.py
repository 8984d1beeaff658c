"""Tables of the database as SQLAlchemy models."""
