"""The strip of key figures."""
