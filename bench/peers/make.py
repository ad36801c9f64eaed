"""Files for bench/peers: a reference and a current one, as Parquet and CSV.

    python bench/peers/make.py FOLDER [rows] [columns]

Columns take turns: normal, log-normal, Student's t with two degrees of freedom, spiked at zero, whole numbers, categories.
"""

import sys

import numpy as np
import pandas as pd

folder = sys.argv[1]
rows = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
columns = int(sys.argv[3]) if len(sys.argv) > 3 else 20
random = np.random.default_rng(1)
SHAPES = [
    lambda n: random.normal(size=n),
    lambda n: np.exp(random.normal(size=n)),
    lambda n: random.standard_t(2, n),
    lambda n: np.where(random.random(n) < 0.4, 0, random.gamma(2, 2, n)),
    lambda n: random.poisson(40, n),
    lambda n: random.choice(list("abcdefg"), n),
]


def frame(n):
    values = {f"x{i}": SHAPES[i % len(SHAPES)](n) for i in range(columns - 1)}
    return pd.DataFrame({**values, "prediction": random.random(n)})


for name, n in (("reference", rows // 2), ("current", rows)):
    made = frame(n)
    if name == "current":
        made["x0"] += 0.25
    made.to_parquet(f"{folder}/{name}.parquet", row_group_size=100_000)
    made.to_csv(f"{folder}/{name}.csv", index=False)
