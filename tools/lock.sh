#!/bin/sh
# Resolves the two lock files for every platform and Python from 3.11 on: exact versions and hashes, no index address.
# hatchling and editables are the build backend, which pip would otherwise fetch without a hash.
set -eu
cd "$(dirname "$0")/.."
resolve() { printf 'hatchling>=1.27\neditables>=0.5\n' | uv pip compile pyproject.toml - --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet "$@"; }
resolve --output-file constraints.txt
sed -e '/^ *--hash/d' -e '/^ *#/d' -e 's/ *\\$//' constraints.txt > constraints.tmp
resolve --extra test --extra gds --extra ranker --constraints constraints.tmp --output-file constraints-test.txt
rm constraints.tmp
