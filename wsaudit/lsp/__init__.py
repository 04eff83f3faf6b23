"""The language server: findings of the open project while it is written."""
