"""What the use cases need from outside, as protocols of at most five methods."""
