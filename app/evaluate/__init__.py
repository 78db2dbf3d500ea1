"""Measurements on published data: what the service's methods reach beside simple ones, by the protocol of each data set."""
