#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Speed and memory of the simulator: ./dev bench prints them. Not a test: nothing here can fail on a
# busy machine. Every figure is read from the results database of the runs made here.
set -euo pipefail
cd "$(dirname "$0")/../.."
relo=build/release/relo
out=results/bench
mkdir -p "$out"
rm -f "$out"/*.db "$out"/*.db-wal "$out"/*.db-shm

ask() { sqlite3 -separator ' ' "$1" "$2"; }

echo "load: $(cut -d' ' -f1-3 /proc/loadavg) on $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)"

echo
echo "speed: tests/bench/speed.ini, 10,000 peers, suite sim"
"$relo" run tests/bench/speed.ini -o "$out/speed.db" -j 1 --quiet >/dev/null
ask "$out/speed.db" "
  SELECT printf('  %d delivered DATA frames, %d ACKs, %d datagrams in %.1f CPU-seconds', frames_data,
                frames_ack, datagrams, cpu_seconds) FROM v_run;
  SELECT printf('  %.0f delivered DATA frames per CPU-second (goal 350,000)', frames_data / cpu_seconds)
    FROM v_run;
  SELECT printf('  %.0f events per CPU-second', events / cpu_seconds) FROM v_run;
  SELECT printf('  mean hops %.3f, lookup success %.6f', h.mean, s.mean)
    FROM v_metric h, v_metric s WHERE h.metric = 'lookup.hops' AND s.metric = 'lookup.success';"

echo
echo "memory: tests/bench/memory.ini, Weibull churn (0.5, mean 10,000 s), one hour"
"$relo" run tests/bench/memory.ini -o "$out/memory.db" -j 1 -j 1 --quiet >/dev/null
ask "$out/memory.db" "
  SELECT printf('  %6d peers: %d KiB resident at the peak, %.1f CPU-seconds', peers, peak_rss_kib,
                cpu_seconds) FROM v_run ORDER BY peers;
  SELECT printf('  %.2f KiB per peer (goal 9): (RSS at 10,000 - RSS at 1,000) / 9,000',
                (max(peak_rss_kib) - min(peak_rss_kib)) / 9000.0) FROM v_run;
  SELECT printf('  link ends per peer at %d peers: mean %.1f, p99 %.0f', r.peers, m.mean, m.p99)
    FROM v_metric m JOIN v_run r USING (run_id) WHERE m.metric = 'link.ends' ORDER BY r.peers;"

echo
if command -v valgrind >/dev/null; then
    echo "instructions: callgrind over 20 s and 40 s measured at 300 peers; the difference is the traffic's"
    for seconds in 20 40; do
        valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$out/callgrind.$seconds" \
            "$relo" run tests/bench/speed.ini -o "$out/ir$seconds.db" -j 1 -j 1 --quiet \
            --set overlay.peers=300 --set "scenario.measurement=${seconds}s" >/dev/null
    done
    # The simulation runs in a child process of relo; its count is the larger one.
    ir() { sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$out/callgrind.$1" | sort -n | tail -1; }
    frames() { ask "$out/ir$1.db" 'SELECT frames_data FROM v_run'; }
    echo "  $((($(ir 40) - $(ir 20)) / ($(frames 40) - $(frames 20)))) instructions per delivered DATA frame," \
         "its ACK, routing and timers included"
fi
