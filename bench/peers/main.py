"""modeltap's replay beside Evidently's DataDriftPreset, NannyML's univariate drift and whylogs' profile.

    bench/peers/install.sh FOLDER
    FOLDER/tools/bin/python bench/peers/make.py FOLDER 1000000 20
    FOLDER/tools/bin/python bench/peers/main.py FOLDER [rounds]

Rounds alternate, each program in a process of its own. Prints the median of the wall and of the processor time, the most
resident memory, and each as a multiple of modeltap's. Not part of `check`: it installs a gigabyte and takes minutes.
"""

import os
import pathlib
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
folder = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
NODE = [str(ROOT / "node_modules/.bin/node"), str(ROOT / "src/main.ts")]


def commands(ending):
    reference, current = f"{folder}/reference.{ending}", f"{folder}/current.{ending}"
    peer = [str(HERE / "peer.py")]
    python = {name: f"{folder}/{'nannyml' if name == 'nannyml' else 'tools'}/bin/python" for name in PEERS}
    own = [*NODE, "replay", "--input", current, "--baseline", f"{folder}/baseline.json"]
    return {
        "modeltap replay": [*own, "--report", f"{folder}/own.html", "--json", f"{folder}/own.json"],
        **{name: [python[name], *peer, name, reference, current, f"{folder}/{name}"] for name in PEERS},
    }


PEERS = ("evidently", "nannyml", "whylogs")


def measure(command):
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os.execv(command[0], command)
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)} ended with {status}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


build = [*NODE, "baseline", "build", "--input", f"{folder}/reference.parquet", "--output", f"{folder}/baseline.json"]
print("baseline build: %.1f s, %.1f s of CPU, %.0f MiB" % measure(build))
for ending in ("parquet", "csv"):
    taken = {name: [] for name in commands(ending)}
    for _ in range(rounds):
        for name, command in commands(ending).items():
            taken[name].append(measure(command))
    own = [statistics.median(column) for column in zip(*taken["modeltap replay"])]
    for name, measured in taken.items():
        found = [statistics.median(column) for column in zip(*measured)]
        times = ", ".join(f"{value / base:.2f}" for value, base in zip(found, own))
        print(f"{ending:8} {name:16} {found[0]:6.1f} s {found[1]:6.1f} s CPU {found[2]:6.0f} MiB   x {times}")
