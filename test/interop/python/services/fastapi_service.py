"""FastAPI as people write it: nested models, lists of records, categories only, ids and people in the payload."""
import datetime
import itertools
import sys
import uuid

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

app = FastAPI()
serial = itertools.count(1)


class Home(BaseModel):
    owns: bool


class Customer(BaseModel):
    customer_id: str
    age: int = Field(ge=18, le=120)
    home: Home
    tags: list[str]


@app.post("/customer")
def customer(row: Customer):
    score = round(1 / (1 + row.age / 40), 4)
    return {
        "request_id": str(uuid.uuid4()),
        "model": "credit",
        "model_version": "7",
        "result": {"label": "good" if score > 0.5 else "bad", "probability": score},
        "timing_ms": 1.2,
    }


class Record(BaseModel):
    age: int
    job: str


class Records(BaseModel):
    records: list[Record]


@app.post("/batch")
def batch(body: Records):
    scores = [round(1 / (1 + row.age / 40), 4) for row in body.records]
    return {"predictions": [{"label": "good" if score > 0.5 else "bad", "score": score} for score in scores]}


class Plan(BaseModel):
    plan: str
    city: str


@app.post("/churn")
def churn(row: Plan):
    return {"label": "stay" if row.plan == "pro" or row.city == "Rome" else "leave"}


class Account(BaseModel):
    customer_id: str
    email: str
    ts: str
    account_no: int
    age: int


@app.post("/account")
def account(row: Account):
    return {
        "prediction_id": str(uuid.uuid4()),
        "number": next(serial),
        "score": round(1 / (1 + row.age / 40), 4),
        "created": datetime.datetime.now(datetime.timezone.utc).isoformat(),
    }


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
