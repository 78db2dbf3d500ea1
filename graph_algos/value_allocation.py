"""Integer money that sums exactly: one largest-remainder rule for parts of an outcome, contributors and chains.

Largest remainder (Hamilton; Balinski & Young, *Fair Representation*, 1982), sign-symmetric, ties to the smaller index.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graph_algos.value_columns import Floats, Minor

# Remainders are compared on a grid, so that equal ones tie although float64 gave them different last bits: lcm(1…16)
# · 2¹⁰ has the remainders of everyday shares on its points. It is coarser where float64 itself is (NOISE: 2⁻⁵³ · 2⁵).
GRID = 720_720.0 * 1024.0
NOISE = 2.0**48
FEW = 64  # below: selecting by scans beats a sort


class Scratch(NamedTuple):
    """Room for one outcome's contributors; grown by the caller."""

    keys: Minor
    exact: Floats
    before: Minor
    after: Minor


def new_scratch(size: int) -> Scratch:
    return Scratch(np.empty(size, np.int64), np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64))


def allocate(exact: Floats, total: int) -> Minor:
    """Integers near `exact` that sum to `total`; `exact` float64[n] sums to within ½ of `total`. int64[n], minor units.

    out_i = trunc(x_i) + (1 for the largest remainders, ties to the smaller i). |out_i − x_i| < 1 up to |x| ≈ 2⁴⁸;
    allocate(−x, −t) = −allocate(x, t). O(n · units), O(n log n) from 64 on.

    >>> allocate(np.array([12499.5, 4166.5]), 16666).tolist()
    [12500, 4166]
    >>> allocate(np.array([-0.5, -0.25, -0.25]), -1).tolist()
    [-1, 0, 0]
    """
    out = np.empty(len(exact), np.int64)
    largest_remainder(np.ascontiguousarray(exact, np.float64), total, out, np.empty(len(exact), np.int64))
    return out


@njit(cache=True, nogil=True)
def largest_remainder(exact: Floats, total: int, out: Minor, keys: Minor) -> None:
    """The kernel of `allocate`: writes `out`; `keys` is scratch of at least the same size."""
    n = len(exact)
    peak = 0.0
    for i in range(n):
        peak = max(peak, abs(exact[i]))
    grid = GRID
    while grid * peak > NOISE and grid > 16.0:
        grid *= 0.5
    left = total
    for i in range(n):
        whole = np.trunc(exact[i])
        key = np.rint((exact[i] - whole) * grid)
        if abs(key) >= grid:
            whole += np.sign(key)
            key = 0.0
        out[i] = np.int64(whole)
        keys[i] = np.int64(key)
        left -= out[i]
    if left != 0 and n > 0:
        _give(left, n, out, keys)


@njit(cache=True, nogil=True)
def _give(left: int, n: int, out: Minor, keys: Minor) -> None:
    """One unit of the sign of `left` to each of the |left| rows with the largest remainder of that sign."""
    sign = 1 if left > 0 else -1
    units = abs(left)
    if units >= n:  # only beyond float64's precision
        out[:n] += sign * (units // n)
        units %= n
    if n > FEW:
        order = np.argsort(-sign * keys[:n], kind="mergesort")
        for i in range(units):
            out[order[i]] += sign
        return
    for _ in range(units):
        best = -1
        for i in range(n):
            if keys[i] != USED and (best < 0 or sign * keys[i] > sign * keys[best]):
                best = i
        out[best] += sign
        keys[best] = USED


USED = np.iinfo(np.int64).min


@njit(cache=True, nogil=True)
def split_cells(cells: Minor, weights: Floats, out: Minor, scratch: Scratch) -> None:
    """out[j, c]: cell c's integer for contributor j; rows sum to allocate(V · w)_j, columns to `cells[c]`, exactly.

    A_c = allocate((Σ_{c' ≤ c} cells) · w);  out[·, c] = A_c − A_{c−1}: it telescopes. cells int64[C], weights
    float64[n] with Σ = 1, out int64[n, C]. |out − cells·w| < 2. A cell of 0 gives zeros. O(C · n).
    """
    n = len(weights)
    scratch.before[:n] = 0
    running = np.int64(0)
    for c in range(len(cells)):
        if cells[c] == 0:
            out[:n, c] = 0
            continue
        running += cells[c]
        for j in range(n):
            scratch.exact[j] = running * weights[j]
        largest_remainder(scratch.exact[:n], running, scratch.after, scratch.keys)
        for j in range(n):
            out[j, c] = scratch.after[j] - scratch.before[j]
            scratch.before[j] = scratch.after[j]


def round_parts(parts: Floats) -> tuple[Minor, Minor]:
    """V half-even to minor units, once for each outcome, and its parts so that they sum to it.

    parts float64[m, P, 2] → (int64[m], int64[m, P, 2]). O(m · P).

    >>> value, minor = round_parts(np.array([[[10.5, 0.0], [-0.25, 0.25]]]))
    >>> value.tolist(), minor.tolist()
    ([10], [[[10, 0], [0, 0]]])
    """
    flat = np.ascontiguousarray(parts, np.float64).reshape(len(parts), parts.shape[1] * parts.shape[2])
    value = np.rint(sum_columns(flat)).astype(np.int64)
    minor = np.empty(flat.shape, np.int64)
    _round_rows(flat, value, minor)
    return value, minor.reshape(parts.shape)


@njit(cache=True, nogil=True)
def sum_columns(rows: Floats) -> Floats:
    """Σ of each row from left to right: numpy's own pairwise order depends on shapes."""
    out = np.zeros(len(rows))
    for i in range(len(rows)):
        for c in range(rows.shape[1]):
            out[i] += rows[i, c]
    return out


@njit(cache=True, nogil=True)
def _round_rows(exact: Floats, total: Minor, out: Minor) -> None:
    keys = np.empty(exact.shape[1], np.int64)
    for i in range(len(exact)):
        largest_remainder(exact[i], total[i], out[i], keys)


def is_increasing(keys: NDArray[np.int64]) -> bool:
    return bool(np.all(keys[1:] > keys[:-1]))
