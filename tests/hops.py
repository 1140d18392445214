#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mean hops of a lookup, computed without relo: rings of random Node-IDs, three predecessors and
successors, fingers at random points of their ranges (RFC 6940 10.1, 10.5), greedy routing (10.3);
beside it classic Chord, one successor and fingers at the starts of their ranges. For comparison
with scenarios/chord-static.ini; docs/SIMULATION.md has the results."""
import bisect
import random
import sys

BITS = 64
RING = 1 << BITS


def tables(ids, neighbors, fingers_min, exact, rng):
    n = len(ids)
    rows = []
    for rank, x in enumerate(ids):
        row = {ids[(rank + d) % n] for d in range(1, neighbors + 1)}
        if not exact:
            row |= {ids[(rank - d) % n] for d in range(1, neighbors + 1)}
        last = (ids[(rank + neighbors) % n] - x) % RING
        for i in range(1, BITS + 1):
            low = RING >> i
            if i > fingers_min and 2 * low - 1 <= last:
                break
            point = low if exact else low + rng.randrange(low)
            peer = ids[bisect.bisect_left(ids, (x + point) % RING) % n]
            if exact or low <= (peer - x) % RING < 2 * low:
                row.add(peer)
        row.discard(x)
        rows.append(sorted(row))
    return rows


def hops(ids, rows, start, key):
    n = len(ids)
    target = ids[bisect.bisect_left(ids, key) % n]
    at, count = start, 0
    while ids[at] != target:
        x = ids[at]
        # The largest Node-ID between x and the key; else the smallest greater than the key.
        row = [(y - x) % RING for y in rows[at]]
        span = (key - x) % RING
        near = [d for d in row if 0 < d <= span]
        step = max(near) if near else min(d for d in row if d > span)
        at = bisect.bisect_left(ids, (x + step) % RING)
        count += 1
    return count


def mean(n, exact, seeds, lookups):
    total = 0
    for seed in range(seeds):
        rng = random.Random(seed)
        ids = sorted(rng.randrange(RING) for _ in range(n))
        rows = tables(ids, 1 if exact else 3, BITS if exact else 16, exact, rng)
        total += sum(hops(ids, rows, rng.randrange(n), rng.randrange(RING)) for _ in range(lookups))
    return total / (seeds * lookups)


for size in [int(word) for word in sys.argv[1:]] or [64, 256, 1024, 4096, 16384]:
    print(f"{size:6d} peers: CHORD-RELOAD {mean(size, False, 10, 4000):.3f} hops,"
          f" classic Chord {mean(size, True, 10, 4000):.3f}", flush=True)
