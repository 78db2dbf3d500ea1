"""The demo portfolio: ten named customers of the stories and any number of synthetic ones."""
