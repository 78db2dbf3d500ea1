"""Work in bulk gives way: beside a graph's server and readers on the same machine it takes what they leave."""

import os

NICE = 10  # about a tenth of a core where others want all; all of it where nobody does


def give_way() -> None:
    """For a whole process and for good: only an administrator's process could take its priority back."""
    os.nice(NICE)
