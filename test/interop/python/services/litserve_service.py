"""LitServe: a list of numbers in, class scores and the class out."""
import sys

import litserve


class Iris(litserve.LitAPI):
    def setup(self, device):
        self.centres = [1.5, 4.3, 5.6]

    def decode_request(self, request):
        return request["input"]

    def predict(self, x):
        weights = [1 / (0.05 + abs(x[2] - centre)) for centre in self.centres]
        return [weight / sum(weights) for weight in weights]

    def encode_response(self, output):
        return {"output": output, "class": output.index(max(output))}


if __name__ == "__main__":
    server = litserve.LitServer(Iris(), accelerator="cpu", workers_per_device=1)
    server.run(port=int(sys.argv[1]), num_api_servers=1, generate_client_file=False, host="127.0.0.1")
