"""The purchases that the papers on lifetime value print their figures of: fetched when a test needs them."""

import hashlib
import subprocess
import sys
import warnings
from collections import defaultdict
from datetime import date, datetime
from zipfile import ZipFile

import numpy as np
import pytest

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
