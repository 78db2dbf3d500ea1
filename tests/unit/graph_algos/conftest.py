"""The public data that the kernels are measured on."""

import os
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import settings

from graph_algos.csr import from_edges

# The first call of a kernel compiles it: no deadline of an example can hold.
settings.register_profile("kernels", deadline=None)
settings.load_profile("kernels")


@pytest.fixture(scope="session")
def data_folder():
    folder = Path(os.environ.get("ICRM_DATA", "../shared/data"))
    if not folder.is_dir():
        pytest.skip(f"NO PUBLIC DATA in {folder}: set ICRM_DATA to run this test")
    return folder


@pytest.fixture(scope="session")
def networks(data_folder):
    """The undirected simple graphs of the data folder, by name."""
    edges = np.loadtxt(data_folder / "email_eu" / "email-Eu-core.txt", dtype=np.int64)
    found = {"email-Eu-core": from_edges(edges[:, 0], edges[:, 1], node_count=int(edges.max()) + 1)}
    for name in ("USAir", "NS", "PB", "Yeast"):
        matrix = scipy.io.loadmat(data_folder / "seal" / f"{name}.mat")["net"].tocoo()
        found[name] = from_edges(matrix.row, matrix.col, node_count=matrix.shape[0])
    return found
