"""Evaluation that a data team can run: what is served, and every simple method beside it, on data of the past."""
