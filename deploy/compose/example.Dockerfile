# syntax=docker/dockerfile:1
# The example model, its clients and the command line, as in a clone; for the demo, not for production.
FROM docker.io/library/node:26-trixie-slim
WORKDIR /modeltap
COPY package.json package-lock.json .npmrc ./
# onnxruntime-node, which runs the model, is a development dependency; the pinned Node is not needed in a Node image.
RUN npm ci --omit=optional
COPY . .
