"""Asks an MLflow scoring server in each of its forms: invocations_client.py URL REQUESTS

Each request has five rows. Prints, as JSON, what was sent and what came back, as this client counts it.
"""

import json
import sys
import time
import urllib.request

import numpy as np
import pandas as pd

url, requests = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(8)


def ask(body, content_type="application/json"):
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": content_type})
    global seconds
    started = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        predictions = json.load(answer)["predictions"]
    seconds += time.perf_counter() - started
    return predictions


seconds = 0.0
rents, cities, areas = [], [], []
for number in range(requests):
    frame = pd.DataFrame(
        {
            "area": random.normal(80, 20, 5).round(2),
            "rooms": random.integers(1, 6, 5).astype(float),
            "city": random.choice(["Bonn", "Ulm", "Trier"], 5),
        }
    )
    forms = [
        lambda: ask({"dataframe_split": json.loads(frame.to_json(orient="split", index=False))}),
        lambda: ask({"dataframe_records": json.loads(frame.to_json(orient="records"))}),
        lambda: ask({"inputs": {name: frame[name].tolist() for name in frame}}),
        lambda: ask(frame.to_csv(index=False), "text/csv"),
    ]
    rents += forms[number % len(forms)]()
    cities += frame["city"].tolist()
    areas += frame["area"].tolist()

print(
    json.dumps(
        {
            "rows": len(rents),
            "seconds": seconds,
            "cities": {city: cities.count(city) for city in set(cities)},
            "median_area": float(np.median(areas)),
            "median_rent": float(np.median(rents)),
        }
    )
)
