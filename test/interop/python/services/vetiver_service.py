"""vetiver around a model of scikit-learn."""
import sys

import pandas as pd
import uvicorn
from sklearn.linear_model import LogisticRegression
from vetiver import VetiverAPI, VetiverModel

rows = pd.DataFrame({"age": [20, 30, 40, 50, 60, 70], "income": [10.0, 30.0, 20.0, 50.0, 40.0, 60.0]})
model = LogisticRegression().fit(rows, [0, 0, 0, 1, 1, 1])
api = VetiverAPI(VetiverModel(model, "credit", prototype_data=rows), check_prototype=True)

if __name__ == "__main__":
    uvicorn.run(api.app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
