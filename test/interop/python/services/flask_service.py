"""Flask: a vector answered by a bare number, and a form."""
import sys

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/ready")
def ready():
    return "ok"


@app.post("/vector")
def vector():
    x = request.get_json()["array"]
    return jsonify(int(x[2] > 2.5) + int(x[2] > 4.8))


@app.post("/form")
def form():
    rain = float(request.form["rainfall"])
    return jsonify(status="success", prediction="Rice" if rain > 100 else "Maize")


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]))
