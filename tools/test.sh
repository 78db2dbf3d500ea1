#!/bin/sh
# All tests, in two halves side by side: one process uses a core at most, and 25 minutes became 17 on two cores. The half
# without both engines runs at low priority, because leases and deadlines are tested in the other one. Its output comes
# at the end. With arguments, which are pytest's, those tests alone.
set -eu
cd "$(dirname "$0")/.."
pytest=".venv/bin/python -m pytest"
if [ $# -gt 0 ]; then exec $pytest "$@"; fi

both="tests/unit/bench tests/cli/test_doctor.py tests/cli/test_engines.py" # these start a Neo4j
engines=$both
for folder in tests/*/; do
    case $folder in
    tests/unit/ | tests/cli/ | tests/docs/ | tests/__pycache__/) ;;
    *) engines="$engines $folder" ;;
    esac
done
told=$(mktemp)
trap 'rm -f "$told"' EXIT
nice -n 10 $pytest tests/unit tests/cli tests/docs $(printf ' --ignore=%s' $both) >"$told" 2>&1 &
other=$!
trap 'kill "$other" 2>/dev/null || true; rm -f "$told"' INT TERM
failed=0
$pytest $engines || failed=1
wait "$other" || failed=1
cat "$told"
exit $failed
