"""Random numbers by counter: each is a function of (seed, key, draw, position), so no partition can change a result.

Philox 4×32, ten rounds (Salmon, Moraes, Dror & Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC 2011). The seed
is its key; its counter is an outcome's key, the draw and the position within it.
"""

import numpy as np
from numba import njit

M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
LOW, HIGH = np.uint64(0xFFFFFFFF), np.uint64(32)
ONE, TWO = np.uint64(1), np.uint64(2)
ROUNDS = 10
SPARE = np.uint64(11)  # of 64 bits, beyond the 53 of a float64
STEP = 2.0**-53

Word = np.uint64
Four = tuple[Word, Word, Word, Word]


@njit(cache=True, nogil=True)
def philox(counter: Four, k0: Word, k1: Word) -> Four:
    """Four 32-bit words from four, all held in uint64."""
    c0, c1, c2, c3 = counter
    for _ in range(ROUNDS):
        p0, p1 = M0 * c0, M1 * c2
        c0, c1, c2, c3 = (p1 >> HIGH) ^ c1 ^ k0, p1 & LOW, (p0 >> HIGH) ^ c3 ^ k1, p0 & LOW
        k0, k1 = (k0 + W0) & LOW, (k1 + W1) & LOW
    return c0, c1, c2, c3


@njit(cache=True, nogil=True)
def uniforms(seed: Word, key: Word, draw: Word, position: Word) -> tuple[float, float]:
    """Two independent numbers in (0, 1). `draw` and `position` are below 2³²."""
    w0, w1, w2, w3 = philox((key & LOW, key >> HIGH, draw, position), seed & LOW, seed >> HIGH)
    one, other = (w0 << HIGH | w1) >> SPARE, (w2 << HIGH | w3) >> SPARE
    return (np.float64(one) + 0.5) * STEP, (np.float64(other) + 0.5) * STEP


@njit(cache=True, nogil=True)
def normal(seed: Word, key: Word, draw: Word, position: Word) -> float:
    """Standard normal (Box & Muller 1958)."""
    one, other = uniforms(seed, key, draw, position)
    return float(np.sqrt(-2.0 * np.log(one)) * np.cos(2.0 * np.pi * other))


@njit(cache=True, nogil=True)
def log_gamma_draw(shape: float, seed: Word, key: Word, draw: Word, position: Word) -> float:
    """ln of a Gamma(shape, 1) number, shape > 0 (Marsaglia & Tsang 2000); takes positions from `position` upwards."""
    boost = 0.0
    if shape < 1.0:
        boost = np.log(uniforms(seed, key, draw, position)[0]) / shape
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    while True:
        position += ONE
        x = normal(seed, key, draw, position)
        position += ONE
        accept = uniforms(seed, key, draw, position)[0]
        t = 1.0 + c * x
        if t <= 0.0:
            continue
        v = t * t * t
        if accept < 1.0 - 0.0331 * x**4 or np.log(accept) < 0.5 * x * x + d * (1.0 - v + np.log(v)):
            return float(np.log(d * v) + boost)


SECOND = np.uint64(1 << 16)  # positions apart: the rejections of one gamma never reach the next


@njit(cache=True, nogil=True)
def beta_draw(a: float, b: float, seed: Word, key: Word, draw: Word) -> float:
    """Beta(a, b), a and b > 0; by logarithms, so that small a and b do not underflow."""
    one = log_gamma_draw(a, seed, key, draw, np.uint64(0))
    other = log_gamma_draw(b, seed, key, draw, SECOND)
    return float(1.0 / (1.0 + np.exp(other - one)))
