# syntax=docker/dockerfile:1
# The example model, its clients and the command line, as in a clone; for the demo, not for production.
FROM docker.io/library/node:26-trixie-slim
WORKDIR /modeltap
COPY package.json package-lock.json .npmrc ./
# The example needs no development dependency. TypeScript runs as it is.
RUN npm ci --omit=dev
COPY . .
