# syntax=docker/dockerfile:1
# The build runs on the builder's own architecture and makes nothing but JavaScript; the last stage only copies. So one
# build serves amd64 and arm64 without emulation:
#   docker buildx build --platform linux/amd64,linux/arm64 --sbom=true --provenance=mode=max -t REGISTRY/modeltap .
# Tags here, digests in your release: --build-arg RUNTIME_IMAGE=…@sha256:…
ARG BUILD_IMAGE=docker.io/library/node:26-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot

FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# The optional packages are the Node.js for development (scripts/pinned-node); the base image has one.
RUN npm ci --omit=optional
COPY tsconfig.json tsconfig.build.json tsconfig.example.json ./
COPY src src
# For `demo`.
COPY examples/flight-delay examples/flight-delay
RUN npm run build
# Without the development dependencies in package.json: `npm sbom --omit=dev` leaves out what those need, too.
RUN npm prune --omit=dev --omit=optional \
  && npm pkg delete devDependencies optionalDependencies \
  && npm sbom --sbom-format=cyclonedx >sbom.cdx.json
# What only compilers and readers need; licences stay.
RUN find node_modules -type f \
  \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -iname 'readme*' -o -iname 'changelog*' \) -delete \
  && find node_modules -type d \( -name test -o -name tests -o -name docs -o -name benchmarks \) -prune -exec rm -rf {} +

# tcpdump for the target `capture`, with its libraries but those of C, which are in the runtime image. Its file capability lets an
# unprivileged user capture in a container that has NET_RAW. Only this stage runs on the target's architecture.
FROM --platform=$TARGETPLATFORM ${BUILD_IMAGE} AS tcpdump
RUN apt-get update && apt-get install --yes --no-install-recommends tcpdump libcap2-bin
RUN install -D "$(command -v tcpdump)" /out/usr/bin/tcpdump \
  && setcap cap_net_raw+ep /out/usr/bin/tcpdump \
  && ldd /out/usr/bin/tcpdump | awk '$3 ~ /^\// { print $3 }' \
  | grep --extended-regexp --invert-match '/lib(c|m|dl|pthread|resolv|rt|gcc_s|stdc\+\+)\.so' \
  | while read -r library; do \
    install -D "$(readlink -f "$library")" "/out/usr$(dirname "$library" | sed 's|^/usr||')/$(basename "$library")"; \
  done

FROM --platform=$TARGETPLATFORM ${RUNTIME_IMAGE} AS runtime
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="modeltap" \
  org.opencontainers.image.description="Monitoring sidecar for model servers" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=build /build/package.json /build/sbom.cdx.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY LICENSE ./
COPY deploy/image/healthcheck.mjs ./
# The heap of each of the two threads in relation to the container's memory limit: left alone, V8 takes the whole
# limit for each, and the container is killed before a collection would have made room. And 1 MB for each half of the
# main thread's nursery: 5 MB less at rest, next to nothing survives there.
ENV NODE_ENV=production \
  NODE_OPTIONS="--max-old-space-size-percentage=35 --max-semi-space-size=1" \
  PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin
# By number, so that runAsNonRoot can be checked.
USER 65532:65532
EXPOSE 9080 9464
STOPSIGNAL SIGTERM
# For Docker; Kubernetes has its own probes.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "healthcheck.mjs"]
# Without V8's compiler in the middle (src/lib/v8-flags.ts): 3 MB less, because Node's own start would use it already.
# And without the debugger that SIGUSR1 would open before our own handler is there.
ENTRYPOINT ["node", "--no-maglev", "--disable-sigusr1", "dist/main.js"]
CMD ["run"]

# docker build --target capture -t REGISTRY/modeltap:VERSION-capture .
FROM runtime AS capture
COPY --from=tcpdump /out/ /

# Without a target: the small image, without tcpdump.
FROM runtime
