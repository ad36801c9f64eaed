"""Trains the model that MLflow serves, with named columns of two types: mlflow_model.py FOLDER"""

import sys

import mlflow
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

random = np.random.default_rng(7)
rows = 400
frame = pd.DataFrame(
    {
        "area": random.normal(80, 20, rows),
        "rooms": random.integers(1, 6, rows).astype(float),
        "city": random.choice(["Bonn", "Ulm", "Trier"], rows),
    }
)
rent = frame["area"] * 12 + frame["rooms"] * 30 + (frame["city"] == "Bonn") * 200
encode = make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough")
model = make_pipeline(encode, LinearRegression()).fit(frame, rent)
mlflow.sklearn.save_model(model, sys.argv[1], input_example=frame.head(3))
