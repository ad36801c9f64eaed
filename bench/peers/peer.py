"""One peer on two files: python bench/peers/peer.py evidently|whylogs|nannyml REFERENCE CURRENT OUTPUT"""

import sys

import pandas as pd

peer, reference, current, output = sys.argv[1:]
read = pd.read_parquet if current.endswith("parquet") else pd.read_csv

if peer == "evidently":
    from evidently import Report
    from evidently.presets import DataDriftPreset

    result = Report([DataDriftPreset()]).run(read(current), read(reference))
    result.save_html(output + ".html")
    result.save_json(output + ".json")
elif peer == "whylogs":
    import whylogs as why

    why.log(read(current)).profile().view().write(output + ".bin")
elif peer == "nannyml":
    import nannyml

    frames = read(reference), read(current)
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=list(frames[0].columns),
        chunk_number=10,
        continuous_methods=["kolmogorov_smirnov", "wasserstein", "jensen_shannon"],
        categorical_methods=["chi2", "jensen_shannon"],
    )
    calculator.fit(frames[0]).calculate(frames[1]).to_df().to_csv(output + ".csv")
