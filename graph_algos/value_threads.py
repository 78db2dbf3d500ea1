"""Kernels over ranges of rows on all cores: they release the GIL, write rows of their own or add integers."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

WORTH_A_THREAD = 50_000  # units of work: about 5 ms
FEW_COPIES = 4  # where each range adds to a whole table of its own

Result = TypeVar("Result")


def in_ranges(
    work: Callable[[int, int], Result], size: int, *, load: NDArray[np.int64] | None = None, most: int | None = None
) -> list[Result]:
    """`work(first, last)` over ranges that cover 0 … size, in order of the ranges.

    `load` int64[size + 1] counts the work before each row, so that ranges get equal shares of it. There are as many
    ranges as cores, or `most`; little work stays in the caller's thread. Only the first range starts at 0.
    """
    total = int(load[-1]) if load is not None else size
    cores = os.cpu_count() or 1
    wanted = max(1, min(cores, most or cores, total // WORTH_A_THREAD))
    cuts = np.arange(wanted + 1) * total // wanted
    bounds = np.searchsorted(load, cuts) if load is not None else cuts
    bounds[0], bounds[-1] = 0, size
    ranges = [(int(first), int(last)) for first, last in pairwise(bounds)]
    if len(ranges) == 1:
        return [work(*ranges[0])]
    with ThreadPoolExecutor(len(ranges), "value") as pool:
        return list(pool.map(lambda bound: work(*bound), ranges))
