# One image for all: without arguments the whole gateway, with the names of workers those, and any command
# of llmp (deploy/entrypoint.sh). Node runs TypeScript directly, and a compile cache filled here saves the cost of type
# stripping at start.

FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: the only one compiles what is there already.
RUN npm install --no-save --omit=dev --workspaces=false --ignore-scripts --no-audit --no-fund \
    && rm -f node_modules/.package-lock.json \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete

# Without npm and yarn, which a running gateway does not need.
FROM debian:bookworm-slim
COPY --from=modules /usr/local/bin/node /usr/local/bin/node
RUN groupadd --gid 1000 llmp && useradd --uid 1000 --gid llmp --no-create-home --home-dir /tmp llmp \
    && mkdir -p /app /data /policies /run/llmp \
       /secrets/kept /secrets/ingress /secrets/scrubber /secrets/policy /secrets/rag \
       /secrets/upstream /secrets/nats /secrets/redis /secrets/postgres \
    && chown -R llmp:llmp /app /data /run/llmp /secrets \
    && ln -s /app/services/cli/llmp.ts /usr/local/bin/llmp
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY package.json deploy/sbom.cdx.json deploy/entrypoint.sh ./
COPY shared shared
COPY services services

# Only other containers can reach a container's addresses, so it listens on all. Other workers fetch
# large bodies from the one in the broker's network.
ENV NODE_ENV=production \
    LLMP_HOST=0.0.0.0 \
    LLMP_INTERNAL_HOST=auto \
    LLMP_DATA_DIR=/data

# Node keeps a cache for each user, so the user that reads it must fill it.
USER llmp
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN node services/host/fill-compile-cache.ts

EXPOSE 8080
ENTRYPOINT ["/app/entrypoint.sh"]
CMD []
