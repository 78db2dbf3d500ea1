"""Measurements on published data, by the protocol of each data set, beside simple methods in the same table."""
