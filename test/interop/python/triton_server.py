"""Becomes Triton itself with one model: triton_server.py FOLDER HTTP_PORT GRPC_PORT METRICS_PORT"""

import os
import shutil
import sys
from pathlib import Path

import pytriton

folder = Path(sys.argv[1])
http, grpc, metrics = sys.argv[2:5]

CONFIG = """
backend: "python"
max_batch_size: 64
input [ { name: "flowers", data_type: TYPE_FP32, dims: [ 4 ] } ]
output [
  { name: "predict", data_type: TYPE_INT64, dims: [ 1 ] },
  { name: "predict_proba", data_type: TYPE_FP32, dims: [ 3 ] }
]
instance_group [ { kind: KIND_CPU, count: 1 } ]
"""
model = folder / "models" / "iris"
(model / "1").mkdir(parents=True)
(model / "config.pbtxt").write_text(CONFIG)
shutil.copy(Path(__file__).with_name("triton_model.py"), model / "1" / "model.py")
server = Path(pytriton.__file__).parent / "tritonserver"
# The backend looks beside itself for the program that runs Python, of which the wheel has one a version.
python = f"{sys.version_info.major}.{sys.version_info.minor}"
backends = folder / "backends"
shutil.copytree(server / "backends", backends)
shutil.copy(server / "python_backend_stubs" / python / "triton_python_backend_stub", backends / "python")

program = server / "bin" / "tritonserver"
# Copied, the programs no longer find the libraries beside them.
os.environ["LD_LIBRARY_PATH"] = str(Path(pytriton.__file__).parents[1] / "nvidia_pytriton.libs")
# The embedded Python takes the packages of the first interpreter of the path.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
os.execv(
    program,
    [
        str(program),
        f"--model-repository={folder / 'models'}",
        f"--backend-directory={backends}",
        "--http-address=127.0.0.1",
        f"--http-port={http}",
        "--grpc-address=127.0.0.1",
        f"--grpc-port={grpc}",
        f"--metrics-port={metrics}",
    ],
)
