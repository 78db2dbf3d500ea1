"""Repositories over catalogued statements: what a transaction of the store offers."""
