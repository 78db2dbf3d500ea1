#!/bin/sh
# All tests, in two halves side by side: one process uses a core at most, and 25 minutes became 18 on two cores. The half
# where nothing depends on time runs at low priority, because leases and deadlines are tested in the other one. Each has
# engines of its own. Its output comes at the end. With arguments, which are pytest's, those tests alone.
set -eu
cd "$(dirname "$0")/.."
pytest=".venv/bin/python -m pytest"
if [ $# -gt 0 ]; then exec $pytest "$@"; fi

timed="tests/unit/bench tests/cli/test_doctor.py tests/cli/test_engines.py" # of folders whose rest is not
rest="tests/unit tests/cli tests/docs tests/parity tests/architecture tests/api/engines"
for folder in tests/*/; do
    case $folder in
    tests/unit/ | tests/cli/ | tests/docs/ | tests/parity/ | tests/architecture/ | tests/__pycache__/) ;;
    *) timed="$timed $folder" ;;
    esac
done
told=$(mktemp)
trap 'rm -f "$told"' EXIT
nice -n 10 $pytest $rest --ignore=tests/unit/bench --ignore=tests/cli/test_doctor.py \
    --ignore=tests/cli/test_engines.py >"$told" 2>&1 &
other=$!
trap 'kill "$other" 2>/dev/null || true; rm -f "$told"' INT TERM
failed=0
$pytest $timed --ignore=tests/api/engines || failed=1
wait "$other" || failed=1
cat "$told"
exit $failed
