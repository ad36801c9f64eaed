"""Trains the model that MLServer serves and writes its settings: mlserver_model.py FOLDER REST_PORT GRPC_PORT METRICS_PORT"""

import json
import sys
from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

folder = Path(sys.argv[1])
rest, grpc, metrics = (int(port) for port in sys.argv[2:5])

iris = load_iris()
model = RandomForestClassifier(n_estimators=20, random_state=0).fit(iris.data, iris.target)
joblib.dump(model, folder / "model.joblib")

settings = {
    "host": "127.0.0.1",
    "http_port": rest,
    "grpc_port": grpc,
    "metrics_port": metrics,
    "parallel_workers": 0,
}
model_settings = {
    "name": "iris",
    "implementation": "mlserver_sklearn.SKLearnModel",
    "parameters": {"uri": str(folder / "model.joblib"), "version": "v1"},
}
(folder / "settings.json").write_text(json.dumps(settings))
(folder / "model-settings.json").write_text(json.dumps(model_settings))
