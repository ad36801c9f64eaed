"""A softmax regression in NumPy as a model of Triton's Python backend."""

import numpy as np
import triton_python_backend_utils as triton

# Fitted to the iris data once; which flowers these are does not matter here.
WEIGHTS = np.array([[-0.4, 0.5, -0.1], [0.9, -0.3, -0.6], [-2.3, -0.2, 2.5], [-1.0, -0.8, 1.8]])
BIAS = np.array([9.0, 2.0, -11.0])


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]

    def answer(self, request):
        flowers = triton.get_input_tensor_by_name(request, "flowers").as_numpy()
        scores = flowers @ WEIGHTS + BIAS
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return triton.InferenceResponse(
            [
                triton.Tensor("predict", shares.argmax(axis=1, keepdims=True).astype(np.int64)),
                triton.Tensor("predict_proba", shares.astype(np.float32)),
            ]
        )
