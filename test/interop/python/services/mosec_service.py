"""mosec, with JSON as it comes and with MessagePack."""
from mosec import Runtime, Server, Worker
from mosec.mixin import MsgpackMixin


class Json(Worker):
    def forward(self, data):
        return {"class": int(data["x"][2] > 2.5)}


class Packed(MsgpackMixin, Worker):
    def forward(self, data):
        return {"class": int(data["x"][2] > 2.5)}


if __name__ == "__main__":
    server = Server()
    server.register_runtime({"/inference": [Runtime(Json)], "/packed": [Runtime(Packed)]})
    server.run()
