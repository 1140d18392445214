#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Speed and memory of the simulator: ./dev bench [speed|memory|instructions|oversim|kad|scale|nat]... prints
# them. Not a test: nothing here can fail on a busy machine. Every figure is read from the results
# database of the runs made here. RELO is the program measured.
set -euo pipefail
cd "$(dirname "$0")/../.."
relo=${RELO:-build/release/relo}
out=results/bench
mkdir -p "$out"

ask() { sqlite3 -separator ' ' "$out/$1.db" "$2"; }

# simulate DB SCENARIO [OPTION...]: one run at a time, into a new database.
simulate() {
    local db=$1
    shift
    rm -f "$out/$db.db" "$out/$db.db-wal" "$out/$db.db-shm"
    "$relo" run "$@" -o "$out/$db.db" -j 1 --quiet >/dev/null
}

# What every run cost; DATA and ACK frames are those that arrived.
cost() {
    ask "$1" "
      SELECT printf('  %6d peers: %.1f CPU-seconds, %.1f MiB, %d DATA, %d ACKs, %.0f DATA per CPU-second',
                    peers, cpu_seconds, peak_rss_kib / 1024.0, frames_data, frames_ack,
                    frames_data / cpu_seconds)
        FROM v_run ORDER BY peers, run_id;
      SELECT printf('         mean hops %.3f, lookup success %.6f', h.mean, s.mean)
        FROM v_run r JOIN v_metric h USING (run_id) JOIN v_metric s USING (run_id)
       WHERE h.metric = 'lookup.hops' AND s.metric = 'lookup.success' ORDER BY r.peers, r.run_id;"
}

speed() {
    echo "speed: tests/bench/speed.ini, 10,000 peers (goal 350,000 DATA per CPU-second)"
    simulate speed tests/bench/speed.ini
    cost speed
    ask speed "SELECT printf('  %.0f events per CPU-second', events / cpu_seconds) FROM v_run;"
}

memory() {
    echo "memory: tests/bench/memory.ini, Weibull churn (0.5, mean 10,000 s), one hour"
    simulate memory tests/bench/memory.ini
    cost memory
    ask memory "
      SELECT printf('  %.2f KiB per peer (goal 9): (RSS at 10,000 - RSS at 1,000) / 9,000',
                    (max(peak_rss_kib) - min(peak_rss_kib)) / 9000.0) FROM v_run;
      SELECT printf('  link ends per peer at %d peers: mean %.1f, p99 %.0f', r.peers, m.mean, m.p99)
        FROM v_metric m JOIN v_run r USING (run_id) WHERE m.metric = 'link.ends' ORDER BY r.peers;"
}

# The simulation runs in a child process of relo; its count is the larger one.
ir() { sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$out/callgrind.$1" | sort -n | tail -1; }

instructions() {
    local seconds
    if ! command -v valgrind >/dev/null; then
        echo "instructions: valgrind is not installed"
        return 0
    fi
    echo "instructions: callgrind over 20 s and 40 s measured at 300 peers; the difference is the traffic's"
    for seconds in 20 40; do
        rm -f "$out/ir$seconds.db"
        valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$out/callgrind.$seconds" \
            "$relo" run tests/bench/speed.ini -o "$out/ir$seconds.db" -j 1 --quiet \
            --set overlay.peers=300 --set "scenario.measurement=${seconds}s" >/dev/null
    done
    frames() { ask "ir$1" 'SELECT frames_data FROM v_run'; }
    echo "  $((($(ir 40) - $(ir 20)) / ($(frames 40) - $(frames 20)))) instructions per delivered DATA frame," \
         "its ACK, routing and timers included"
}

oversim() {
    echo "oversim: scenarios/oversim-chord.ini, 10,000 peers, 1,000 s (OverSim: 516 CPU-seconds," \
         "2.4 GiB; goal 26 and 120 MiB)"
    simulate oversim scenarios/oversim-chord.ini --repeat 1 --set overlay.peers=10000
    cost oversim
    echo "  the same, grown by joins over 500 s (no goal):"
    simulate oversim-join scenarios/oversim-chord.ini --repeat 1 --set overlay.peers=10000 \
        --set overlay.bootstrap=join --set scenario.build-up=500s --set scenario.transition=100s \
        --set scenario.measurement=400s
    cost oversim-join
}

kad() {
    echo "kad: scenarios/kad-wg.ini, 10,000 peers, one hour (goal: two minutes on one core)"
    simulate kad scenarios/kad-wg.ini
    cost kad
}

scale() {
    echo "scale: tests/bench/scale.ini, ten minutes (goals at 100,000 peers: 1.3 GiB, 200,000 DATA per" \
         "CPU-second, less than twice the CPU time per DATA frame of 1,000 peers)"
    # A run of 1,000 peers takes less than half a second, and the machine's speed changes within
    # seconds: the median of eleven, five before the large one and five behind it.
    simulate scale-before tests/bench/scale.ini --set overlay.peers=1000 --repeat 5
    simulate scale tests/bench/scale.ini
    simulate scale-after tests/bench/scale.ini --set overlay.peers=1000 --repeat 5
    cost scale
    ask scale "
      ATTACH '$out/scale-before.db' AS before;
      ATTACH '$out/scale-after.db' AS after;
      CREATE TEMP VIEW small AS SELECT cpu_seconds / frames_data AS cost FROM v_run WHERE peers = 1000
        UNION ALL SELECT cpu_seconds / frames_data FROM before.v_run
        UNION ALL SELECT cpu_seconds / frames_data FROM after.v_run;
      CREATE TEMP VIEW median AS SELECT cost FROM small ORDER BY cost LIMIT 1 OFFSET 5;
      SELECT printf('  %d runs of 1,000 peers: median %.0f DATA per CPU-second (%.0f to %.0f)',
                    count(*), 1 / median.cost, 1 / max(small.cost), 1 / min(small.cost))
        FROM small, median;
      SELECT printf('  CPU time per DATA frame, 100,000 peers to the median of 1,000: %.2f',
                    cpu_seconds / frames_data / median.cost) FROM v_run, median
       WHERE peers = 100000;"
}

nat() {
    echo "nat: scenarios/nat-churn.ini, the NATs of wg-default, half an hour (goals at 10,000 peers: 300,000" \
         "delivered datagrams per CPU-second, 14 KiB per peer)"
    simulate nat scenarios/nat-churn.ini
    ask nat "
      SELECT printf('  %6d peers: %.1f CPU-seconds, %.1f MiB, %d datagrams, %.0f per CPU-second',
                    peers, cpu_seconds, peak_rss_kib / 1024.0, datagrams, datagrams / cpu_seconds)
        FROM v_run ORDER BY peers;
      SELECT printf('  %.2f KiB per peer (goal 14): (RSS at 10,000 - RSS at 1,000) / 9,000',
                    (max(peak_rss_kib) - min(peak_rss_kib)) / 9000.0) FROM v_run;
      SELECT printf('         lookup success %.4f, join success %.4f, links over relays %.3f at %d peers',
                    l.mean, j.mean, p.mean, r.peers)
        FROM v_run r JOIN v_metric l USING (run_id) JOIN v_metric j USING (run_id)
             JOIN v_metric p USING (run_id)
       WHERE l.metric = 'lookup.success' AND j.metric = 'join.success'
             AND p.metric = 'link.path.relay' ORDER BY r.peers;"
}

[ $# -gt 0 ] || set -- speed memory instructions
for section; do
    case $section in
    speed | memory | instructions | oversim | kad | scale | nat) ;;
    *)
        echo "bench: there is no $section; the sections are speed, memory, instructions, oversim," \
            "kad, scale and nat" >&2
        exit 2
        ;;
    esac
done
[ -n "${RELO:-}" ] || ./dev build release relo
echo "load: $(cut -d' ' -f1-3 /proc/loadavg) on $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)"
for section; do
    echo
    "$section"
done
