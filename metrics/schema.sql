-- SPDX-License-Identifier: BSD-2-Clause
-- The results database, user_version 2. The views v_* are API (docs/SCHEMA.md); the tables are not.

CREATE TABLE scenario (          -- one campaign: a scenario text under one revision of relo
    scenario_id INTEGER PRIMARY KEY,
    label     TEXT NOT NULL UNIQUE, -- name, or name#2 ... where the text or the revision differ
    name      TEXT NOT NULL,
    title     TEXT NOT NULL,
    text      TEXT NOT NULL,        -- the scenario file, whole
    overrides TEXT NOT NULL,        -- --set and --seed
    hash      TEXT NOT NULL,        -- SHA-256 of text, NUL, overrides
    command   TEXT NOT NULL,        -- repeats the campaign
    version   TEXT NOT NULL,
    revision  TEXT NOT NULL,
    points      INTEGER NOT NULL,   -- what the whole campaign has: of the sweep,
    repetitions INTEGER NOT NULL,   -- and of each point
    UNIQUE (name, hash, revision)
) STRICT;

CREATE TABLE point (             -- one combination of the swept parameters
    point_id    INTEGER PRIMARY KEY,
    scenario_id INTEGER NOT NULL REFERENCES scenario ON DELETE CASCADE,
    point       INTEGER NOT NULL,
    params_json TEXT NOT NULL,   -- swept parameters only, keys ascending
    UNIQUE (scenario_id, point)
) STRICT;

CREATE TABLE run (               -- one repetition of a point
    run_id           INTEGER PRIMARY KEY,
    point_id         INTEGER NOT NULL REFERENCES point ON DELETE CASCADE,
    repetition       INTEGER NOT NULL,
    seed             TEXT NOT NULL, -- decimal, unsigned 64 bit
    fingerprint      TEXT NOT NULL, -- 16 hexadecimal digits
    wire_fingerprint TEXT NOT NULL,
    peers            INTEGER NOT NULL,
    sim_ns           INTEGER NOT NULL,
    wall_ns          INTEGER NOT NULL,
    cpu_ns           INTEGER NOT NULL,
    peak_rss_kib     INTEGER NOT NULL,
    events           INTEGER NOT NULL,
    datagrams        INTEGER NOT NULL,
    frames_data      INTEGER NOT NULL,
    frames_ack       INTEGER NOT NULL,
    host             TEXT NOT NULL,
    started          TEXT NOT NULL, -- UTC, ISO 8601
    UNIQUE (point_id, repetition)
) STRICT;

CREATE TABLE param (             -- every parameter of a run, defaults included
    run_id INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    key    TEXT NOT NULL,
    value  TEXT NOT NULL,        -- canonical text with its unit
    number REAL,                 -- in SI units, where there is a number
    swept  INTEGER NOT NULL CHECK (swept IN (0, 1)),
    PRIMARY KEY (run_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric (
    metric_id INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    unit      TEXT NOT NULL
) STRICT;

CREATE TABLE value (             -- a scalar has n = 1 and no sd
    run_id    INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    metric_id INTEGER NOT NULL REFERENCES metric,
    n    INTEGER NOT NULL,
    mean REAL NOT NULL,
    sd   REAL,
    min REAL NOT NULL, p05 REAL NOT NULL, p25 REAL NOT NULL, p50 REAL NOT NULL,
    p75 REAL NOT NULL, p95 REAL NOT NULL, p99 REAL NOT NULL, max REAL NOT NULL,
    numerator   REAL,            -- of a ratio: what was counted
    denominator REAL,            -- of a ratio: out of how many
    PRIMARY KEY (run_id, metric_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE series (
    run_id    INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    metric_id INTEGER NOT NULL REFERENCES metric,
    t_ns      INTEGER NOT NULL,  -- since the start of the measurement phase
    value     REAL NOT NULL,
    PRIMARY KEY (run_id, metric_id, t_ns)
) STRICT, WITHOUT ROWID;

CREATE TABLE histogram (         -- of a distribution: n samples from low to high
    run_id    INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    metric_id INTEGER NOT NULL REFERENCES metric,
    low  REAL NOT NULL,
    high REAL NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (run_id, metric_id, low)
) STRICT, WITHOUT ROWID;

CREATE TABLE warning (           -- what a reader of the run's numbers should know
    run_id   INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    subject  TEXT NOT NULL,      -- "warm-up"
    sentence TEXT NOT NULL,
    PRIMARY KEY (run_id, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE t_quantile (        -- Student's t at 0.975, for a 95 % interval; next lower df applies
    df INTEGER PRIMARY KEY,
    t  REAL NOT NULL
) STRICT;
INSERT INTO t_quantile VALUES
    (1, 12.70620), (2, 4.30265), (3, 3.18245), (4, 2.77645), (5, 2.57058), (6, 2.44691),
    (7, 2.36462), (8, 2.30600), (9, 2.26216), (10, 2.22814), (11, 2.20099), (12, 2.17881),
    (13, 2.16037), (14, 2.14479), (15, 2.13145), (16, 2.11991), (17, 2.10982), (18, 2.10092),
    (19, 2.09302), (20, 2.08596), (21, 2.07961), (22, 2.07387), (23, 2.06866), (24, 2.06390),
    (25, 2.05954), (26, 2.05553), (27, 2.05183), (28, 2.04841), (29, 2.04523), (30, 2.04227),
    (40, 2.02108), (60, 2.00030), (80, 1.99006), (100, 1.98397), (200, 1.97190), (1000, 1.96234);

CREATE VIEW v_run AS
SELECT run_id, scenario.label AS scenario, point.point AS point, repetition, seed, fingerprint,
       wire_fingerprint, scenario.revision AS revision, peers, sim_ns / 1e9 AS sim_seconds,
       wall_ns / 1e9 AS wall_seconds, cpu_ns / 1e9 AS cpu_seconds, peak_rss_kib, events, datagrams,
       frames_data, frames_ack
FROM run JOIN point USING (point_id) JOIN scenario USING (scenario_id);

CREATE VIEW v_param AS SELECT run_id, key, value FROM param;

CREATE VIEW v_metric AS
SELECT run_id, metric.name AS metric, metric.unit AS unit, n, mean, sd, min, p05, p25, p50, p75,
       p95, p99, max
FROM value JOIN metric USING (metric_id);

CREATE VIEW v_series AS
SELECT run_id, metric.name AS metric, metric.unit AS unit, t_ns / 1e9 AS t_seconds, value
FROM series JOIN metric USING (metric_id);

CREATE VIEW v_warning AS SELECT run_id, subject, sentence FROM warning;

-- Over replications: the mean of the runs' means and the half width of its 95 % interval, which is
-- NULL for a single run. The square root is Newton's, for an SQLite without the function.
CREATE VIEW v_point AS
WITH mean (point_id, metric_id, runs, mean) AS (
    SELECT point_id, metric_id, count(*), avg(mean)
    FROM run JOIN value USING (run_id) GROUP BY point_id, metric_id),
spread (point_id, metric_id, runs, mean, variance) AS (
    SELECT mean.point_id, mean.metric_id, runs, mean.mean,
           sum((value.mean - mean.mean) * (value.mean - mean.mean)) / (runs - 1)
    FROM mean JOIN run ON run.point_id = mean.point_id
              JOIN value ON value.run_id = run.run_id AND value.metric_id = mean.metric_id
    GROUP BY mean.point_id, mean.metric_id)
SELECT scenario.label AS scenario, point.point AS point, params_json, metric.name AS metric,
       metric.unit AS unit, runs, mean,
       CASE WHEN runs < 2 THEN NULL WHEN variance <= 0 THEN 0.0 ELSE
           (SELECT t FROM t_quantile WHERE df <= runs - 1 ORDER BY df DESC LIMIT 1) *
           (WITH RECURSIVE newton (i, x) AS (
                SELECT 0, max(variance / runs, 1.0)
                UNION ALL SELECT i + 1, (x + variance / runs / x) / 2 FROM newton WHERE i < 100)
            SELECT x FROM newton WHERE i = 100)
       END AS ci95
FROM spread JOIN point USING (point_id) JOIN scenario USING (scenario_id)
            JOIN metric USING (metric_id);
