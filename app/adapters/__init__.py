"""Readers, writers and launchers: everything outside that is not the graph."""
