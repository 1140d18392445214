#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Same scenario, same seed, same fingerprints: whatever the compiler, the optimisation level and the
# number of shards (./dev determinism). Builds relo four times under build/determinism and runs
# tests/determinism.ini twelve times. Exit status 1 where two fingerprints differ.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/determinism
mkdir -p "$out"
first='' status=0

for compiler in gcc clang; do
    if ! command -v "$compiler" >/dev/null; then
        echo "determinism: no $compiler here, left out"
        continue
    fi
    for level in O0 O3; do
        build="$out/$compiler-$level"
        cmake -G Ninja -S . -B "$build" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=None \
            -DCMAKE_C_FLAGS="-$level" >/dev/null
        ninja -C "$build" relo >"$build.log" || { cat "$build.log"; exit 2; }
        for shards in 1 2 7; do
            database="$out/run.db"
            rm -f "$database" "$database-wal" "$database-shm"
            "$build/relo" run tests/determinism.ini -o "$database" --shards "$shards" -q >/dev/null
            prints=$(sqlite3 "$database" "SELECT group_concat(fingerprint || ' ' || wire_fingerprint,
                '; ') FROM (SELECT * FROM v_run ORDER BY point, repetition)")
            # Not only what is delivered: also what is reported.
            rows=$(sqlite3 "$database" "SELECT * FROM v_metric ORDER BY run_id, metric;
                SELECT * FROM v_series ORDER BY run_id, metric, t_seconds" | sha256sum | cut -c1-16)
            echo "$compiler -$level, $shards shards: $prints, metrics $rows"
            if [ -z "$first" ]; then
                first="$prints $rows"
            elif [ "$first" != "$prints $rows" ]; then
                echo "  differs"
                status=1
            fi
        done
    done
done
[ $status -eq 0 ] && echo "determinism: all the same" || echo "determinism: DIFFERENT"
exit $status
