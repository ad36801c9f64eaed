"""Asks an Open Inference Protocol server through tritonclient: oip_client.py {http|http-json|grpc} ADDRESS REQUESTS

Each request has ten rows that look like the iris data. Prints, as JSON, what came back: rows a class, as the client counts them, and
how long it waited for the answers.
"""

import json
import sys
import time
from collections import Counter

import numpy as np
import tritonclient.grpc
import tritonclient.http

kind, address, requests = sys.argv[1], sys.argv[2], int(sys.argv[3])
random = np.random.default_rng(11)
data = random.normal([5.8, 3.1, 3.8, 1.2], [0.8, 0.4, 1.8, 0.8], (150, 4)).astype(np.float32)
names = ["predict", "predict_proba"]

if kind == "grpc":
    client = tritonclient.grpc.InferenceServerClient(address)
    tensor = tritonclient.grpc.InferInput("flowers", [10, 4], "FP32")
    outputs = [tritonclient.grpc.InferRequestedOutput(name) for name in names]
else:
    client = tritonclient.http.InferenceServerClient(address)
    tensor = tritonclient.http.InferInput("flowers", [10, 4], "FP32")
    binary = kind == "http"
    outputs = [tritonclient.http.InferRequestedOutput(name, binary_data=binary) for name in names]

classes = Counter()
confidence = 0.0
seconds = 0.0
for request in range(requests):
    rows = data[[(request * 10 + row * 37) % len(data) for row in range(10)]]
    if kind == "grpc":
        tensor.set_data_from_numpy(rows)
    else:
        tensor.set_data_from_numpy(rows, binary_data=kind == "http")
    started = time.perf_counter()
    answer = client.infer("iris", [tensor], outputs=outputs)
    seconds += time.perf_counter() - started
    classes.update(int(value) for value in answer.as_numpy("predict").flatten())
    confidence += float(answer.as_numpy("predict_proba").max(axis=1).sum())

print(json.dumps({"classes": classes, "confidence": confidence / (requests * 10), "seconds": seconds}))
