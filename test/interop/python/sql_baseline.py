"""A baseline of a partitioned directory by the SQL of examples/baseline: sql_baseline.py duckdb|spark FOLDER

Writes FOLDER/parts/part=…/*.parquet, the same rows as FOLDER/train.parquet, and FOLDER/sql.json, the baseline.
"""

import json
import sys
from pathlib import Path

ENGINE, FOLDER = sys.argv[1], Path(sys.argv[2])
EXAMPLES = Path(__file__).resolve().parents[3] / "examples/baseline"
ROWS = 100_000
# Spread evenly without a random number, so that every engine makes the same rows.
TABLE = """
  SELECT i % 7 AS part,
    CASE WHEN i % 50 <> 0 THEN exp(1 + sqrt(-2 * ln((i * 7919 % 100000 + 0.5) / 100000)) * cos(2 * pi() * (i * 104729 % 100000) / 100000)) END AS income,
    CASE WHEN i % 3 = 0 THEN 0.0 ELSE (i * 31 % 9973) / 100.0 END AS balance,
    CASE WHEN i % 11 < 5 THEN 'Oslo' WHEN i % 11 < 9 THEN 'Turin' WHEN i % 1000 <> 10 THEN 'Lodz' END AS city,
    CASE WHEN i % 200 = 7 THEN concat('once', i) ELSE concat('shop', i % 40) END AS shop,
    (i * 613 % 100000) / 100000.0 AS prediction
  FROM {source}
"""
COLUMNS = [("numeric", "income", "feature"), ("numeric", "balance", "feature"), ("categorical", "city", "feature"), ("categorical", "shop", "feature"), ("numeric", "prediction", "prediction")]


def duckdb_engine():
    import duckdb

    database = duckdb.connect()
    database.sql(f"CREATE TABLE made AS {TABLE.format(source=f'(SELECT range AS i FROM range({ROWS}))')}")
    database.sql(f"COPY made TO '{FOLDER}/parts' (FORMAT parquet, PARTITION_BY (part))")
    columns = ", ".join(name for _, name, _ in COLUMNS)
    database.sql(f"COPY (SELECT {columns} FROM made) TO '{FOLDER}/train.parquet' (FORMAT parquet)")
    database.sql(f"CREATE VIEW train AS SELECT * FROM read_parquet('{FOLDER}/parts/*/*.parquet')")
    return lambda sql: database.execute(sql).fetchone()[0]


def spark_engine():
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sql(f"SELECT id AS i FROM range({ROWS})").createOrReplaceTempView("numbers")
    made = spark.sql(TABLE.format(source="numbers"))
    made.write.partitionBy("part").parquet(f"{FOLDER}/parts")
    made.drop("part").toPandas().to_parquet(FOLDER / "train.parquet")
    spark.read.parquet(f"{FOLDER}/parts").createOrReplaceTempView("train")
    return lambda sql: spark.sql(sql.rstrip().rstrip(";")).first()[0]


ask = {"duckdb": duckdb_engine, "spark": spark_engine}[ENGINE]()
columns = []
for kind, name, role in COLUMNS:
    sql = (EXAMPLES / f"{ENGINE}-{kind}.sql").read_text()
    columns.append(json.loads(ask(sql.replace(":column", name).replace(":role", role))))
baseline = {"format": "modeltap-baseline", "formatVersion": 2, "created": "2026-01-01T00:00:00Z", "rows": ROWS, "columns": columns}
(FOLDER / "sql.json").write_text(json.dumps(baseline))
