"""The plan file: the only package that knows SQLite."""
