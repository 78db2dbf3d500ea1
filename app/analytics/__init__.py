"""Topology snapshots and the algorithms that run on them, here or in Graph Data Science."""
