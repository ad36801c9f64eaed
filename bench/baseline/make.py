"""Ten million rows of fifty columns as CSV, JSON lines and Parquet, for bench/baseline/main.ts.

    python3 -m venv venv && venv/bin/pip install duckdb==2.0.0
    venv/bin/python bench/baseline/make.py FOLDER [rows]

Forty columns of numbers (normal, log-normal, integers; each hundredth value missing), eight of categories, and two
predictions. CSV takes 4 GB, JSON lines 10 GB, Parquet 2 GB.
"""

import os
import sys

import duckdb

FOLDER = sys.argv[1]
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000

NORMAL = "sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())"


def number(place):
    kinds = [f"round({NORMAL}, 6)", f"round(exp({NORMAL}), 4)", "floor(random() * 100000)::INTEGER"]
    return f"CASE WHEN random() < 0.01 THEN NULL ELSE {kinds[place % 3]} END AS number_{place}"


def category(place):
    # Frequent ones and rare ones: the square of a uniform number.
    return f"'city-' || floor(power(random(), 2) * {10 * (place + 1)})::INTEGER AS category_{place}"


columns = [number(place) for place in range(40)] + [category(place) for place in range(8)]
columns += ["round(random(), 6) AS prediction_probability", "random() < 0.2 AS prediction_late"]

connection = duckdb.connect()
connection.execute("SET threads = 1; SET memory_limit = '2GB'; SET preserve_insertion_order = false")
connection.execute("SELECT setseed(0.5)")
parquet = os.path.join(FOLDER, "rows.parquet")
connection.execute(f"COPY (SELECT {', '.join(columns)} FROM range({ROWS})) TO '{parquet}' (COMPRESSION zstd)")
connection.execute(f"COPY (FROM '{parquet}') TO '{os.path.join(FOLDER, 'rows.csv')}' (HEADER)")
connection.execute(f"COPY (FROM '{parquet}') TO '{os.path.join(FOLDER, 'rows.jsonl')}' (FORMAT json)")
