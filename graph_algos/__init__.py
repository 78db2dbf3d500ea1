"""Algorithms on arrays: arrays in, arrays out, no I/O."""
