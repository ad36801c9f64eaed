"""NannyML and Evidently at their defaults on the rows of bench:alarms: a day against the baseline, column by column.

    node bench/alarms/main.ts --write FOLDER [--start day]
    bench/peers/install.sh VENVS
    VENVS/nannyml/bin/python bench/alarms/peers.py FOLDER; VENVS/tools/bin/python bench/alarms/peers.py FOLDER

Prints the days of the month without a fault in which a column alarms, and which faults are found on their day.
"""

import importlib.util
import json
import os
import sys
import warnings
from pathlib import Path

# Both report their use to their makers unless told otherwise.
os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
os.environ["DO_NOT_TRACK"] = "1"

import pandas as pd

warnings.filterwarnings("ignore")


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", parse_dates=["at"]).assign(at=lambda rows: rows["at"].dt.tz_localize(None))


def nannyml_alarms(base: pd.DataFrame):
    """Univariate drift by day: Jensen-Shannon, thresholds at three standard deviations of the baseline's days."""
    import nannyml

    columns = [name for name in base.columns if name != "at"]
    calculator = nannyml.UnivariateDriftCalculator(column_names=columns, timestamp_column_name="at", chunk_period="D")
    calculator.fit(base)

    def alarms(day: pd.DataFrame) -> set[str]:
        # One chunk, whatever the hours: the day with a fault begins at 10:00.
        at = day["at"].min().normalize() + (day["at"] - day["at"].min())
        result = calculator.calculate(day.assign(at=at)).filter(period="analysis").to_df()
        return {name for name in columns if result[name]["jensen_shannon"]["alert"].any()}

    return alarms


def evidently_alarms(base: pd.DataFrame):
    """DataDriftPreset: a test chosen by the kind and the number of rows of each column."""
    from evidently import Report
    from evidently.presets import DataDriftPreset

    columns = [name for name in base.columns if name != "at"]

    def alarms(day: pd.DataFrame) -> set[str]:
        # It refuses a column without a value, which nobody can overlook.
        found = {name for name in columns if day[name].isna().all()}
        rest = [name for name in columns if name not in found]
        snapshot = Report([DataDriftPreset()]).run(day[rest], base[rest])
        for metric in snapshot.dict()["metrics"]:
            config = metric.get("config", {})
            name, method, threshold = config.get("column"), str(config.get("method")), config.get("threshold")
            if name is None:
                continue
            value = float(metric["value"])
            # Distances alarm above their threshold, p-values below theirs.
            if (value < threshold) if "p_value" in method else (value >= threshold):
                found.add(name)
        return found

    return alarms


def main() -> None:
    folder = Path(sys.argv[1])
    base, live = read(folder, "base"), read(folder, "live")
    faults = json.loads((folder / "faults.json").read_text())
    for module, make in {"nannyml": nannyml_alarms, "evidently": evidently_alarms}.items():
        if importlib.util.find_spec(module) is None:
            print(f"{module}: not installed here")
            continue
        alarms = make(base)
        days = [alarms(day) for _, day in live.groupby(live["at"].dt.date)]
        column_days = sum(len(day) for day in days)
        incidents = sum(1 for i, day in enumerate(days) if day and not (i > 0 and days[i - 1]))
        print(
            f"{module}: {column_days} of {len(days) * (base.shape[1] - 1)} column-days in alarm without a fault, "
            f"{sum(1 for day in days if day)} of {len(days)} days, {incidents} incidents"
        )
        for fault in faults:
            found = fault["column"] in alarms(read(folder, fault["file"].removesuffix(".csv")))
            print(f"    {fault['name']:32}{'found' if found else 'not found'}")


main()
