"""BentoML with a DataFrame argument, as its documentation shows."""
import bentoml
import pandas as pd


@bentoml.service(workers=1)
class Credit:
    @bentoml.api
    def score(self, df: pd.DataFrame) -> list[dict]:
        scores = (1 / (1 + (df["age"] / 50) ** 2)).round(4)
        return [{"approved": bool(value > 0.5), "score": float(value)} for value in scores]
