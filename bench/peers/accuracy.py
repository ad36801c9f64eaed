"""ks and wasserstein of `modeltap replay` beside SciPy on all values of the same files.

    FOLDER/tools/bin/python bench/peers/accuracy.py FOLDER
"""

import json
import pathlib
import subprocess
import sys

import pandas as pd
from scipy import stats

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = [str(ROOT / "node_modules/.bin/node"), str(ROOT / "src/main.ts")]
folder = sys.argv[1]
baseline = f"{folder}/baseline.json"
reference, current = (f"{folder}/{name}.parquet" for name in ("reference", "current"))


def run(*arguments):
    subprocess.run([*NODE, *arguments], check=True, stdout=subprocess.DEVNULL)


def scores(file):
    run("replay", "--input", file, "--baseline", baseline, "--json", f"{folder}/scores.json")
    columns = json.loads(pathlib.Path(f"{folder}/scores.json").read_text())["models"][0]["columns"]
    return {c["name"]: {s["statistic"]: s["value"] for s in c["windows"][0]["scores"]} for c in columns}


run("baseline", "build", "--input", reference, "--output", baseline)
own, found = scores(reference), scores(current)
frames = pd.read_parquet(reference), pd.read_parquet(current)
print(f"{'column':12} {'ks':>10} {'SciPy':>10} {'W1':>10} {'SciPy':>10} {'itself: ks':>12} {'W1':>10}")
for name in frames[0].select_dtypes("number").columns:
    before, after = frames[0][name], frames[1][name]
    ks = stats.ks_2samp(after, before, method="asymp").statistic
    w1 = stats.wasserstein_distance(after, before) / before.std(ddof=0)
    mine, self_ = found[name], own[name]
    print(
        f"{name:12} {mine['ks']:10.5f} {ks:10.5f} {mine['wasserstein']:10.5f} {w1:10.5f} "
        f"{self_['ks']:12.2g} {self_['wasserstein']:10.2g}"
    )
