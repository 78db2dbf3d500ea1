"""The words of inter-customer relationship management as immutable values; no framework, no database."""
