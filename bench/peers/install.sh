#!/usr/bin/env bash
# Installs the programs that bench/peers compares with, each in an environment of its own: they pin different versions.
set -euo pipefail
folder="${1:?usage: bench/peers/install.sh FOLDER}"
python="${PYTHON:-python3.11}"
"$python" -m venv "$folder/tools" && "$folder/tools/bin/pip" install -q evidently==0.7.23 whylogs==1.6.4 pandas==2.2.3 "numpy<2.3" pyarrow scipy
"$python" -m venv "$folder/nannyml" && "$folder/nannyml/bin/pip" install -q nannyml==0.13.1 pandas==2.2.3 statsmodels pyarrow
