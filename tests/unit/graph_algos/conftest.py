"""The public data that the kernels are measured on."""

import hashlib
import os
import subprocess
import sys
import warnings
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile

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


CDNOW_WHEEL = "lifetimes==0.11.3"  # carries the purchases that the papers on lifetime value print their figures of
CDNOW_SHA256 = "261e3dc89977c2b60767ca6728aaa29d429de0c814635070a749c36555895da8"


@pytest.fixture(scope="session")
def cdnow_wheel(request):
    """The wheel, from pytest's cache or from whatever registry pip is set up with; none of it is in this repository."""
    folder = request.config.cache.mkdir("cdnow")
    if not list(folder.glob("*.whl")):
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        options = ["--only-binary", ":all:", "--retries", "1", "--timeout", "15", "--dest", str(folder)]
        done = subprocess.run([*pip, *options, CDNOW_WHEEL], capture_output=True, text=True, check=False)
        if done.returncode:
            reason = f"NO REGISTRY: pip cannot download {CDNOW_WHEEL}, so published lifetime values are unchecked."
            warnings.warn(reason, stacklevel=1)
            pytest.skip(reason)
    wheel = next(folder.glob("*.whl"))
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == CDNOW_SHA256
    return wheel


@pytest.fixture(scope="session")
def cdnow(cdnow_wheel):
    """2,357 customers over 39 weeks: repeated purchases, week of the last, weeks observed, mean repeated spend.

    Purchases of one day are one, as in Fader, Hardie, Lee (2005); the sample is every tenth customer of the master.
    """
    spent = defaultdict(lambda: defaultdict(float))
    with ZipFile(cdnow_wheel) as archive:
        sample, master = (
            [line.split() for line in archive.read(f"lifetimes/datasets/CDNOW_{name}.txt").decode().splitlines()]
            for name in ("sample", "master")
        )
    everyone = {tuple(row) for row in master}
    for number, customer, day, discs, dollars in filter(None, sample):
        assert (number, day, discs, dollars) in everyone
        spent[customer][datetime.strptime(day, "%Y%m%d").date()] += float(dollars)
    end, rows = date(1997, 9, 30), []
    for purchases in spent.values():
        days = sorted(day for day in purchases if day <= end)
        first, again = days[0], days[1:]
        mean = sum(purchases[day] for day in again) / len(again) if again else 0.0
        rows.append((len(again), (days[-1] - first).days / 7, (end - first).days / 7, mean))
    return np.array(rows).T
