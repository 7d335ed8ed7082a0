# The service as an image: `docker build -t scim-gateway . && docker run -p 8000:8000 scim-gateway`.
# It runs as uid 1000 with a read-only root; data go to the volume /data. See docs/docker.md.
ARG NODE_IMAGE=node:24-bookworm-slim

# The build's output is JavaScript, the same for every platform, so it is made on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --prefer-offline
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
RUN npm run build && rm -f dist/.tsbuildinfo && chmod 755 dist/apps/scimctl/src/main.js

# What runs, and nothing that builds or tests. No package needs to run a script of its own.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --prefer-offline
COPY scripts/third-party.mjs scripts/
RUN node scripts/third-party.mjs > THIRD-PARTY-NOTICES
# Half of it is for compilers, debuggers, browsers and other systems. TypeScript is an optional peer.
RUN find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
    && find node_modules -path '*/prebuilds/*' -type f \( -not -path '*/prebuilds/linux-*' -o -name '*.musl.node' \) -delete \
    && rm -rf node_modules/typeorm/browser node_modules/typescript node_modules/.bin

FROM ${NODE_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="SCIM gateway" \
      org.opencontainers.image.description="SCIM 2.0 service provider in front of one data store, announcing every change on RabbitMQ" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}"

# Nothing is installed at run time: package managers would only be something to attack.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn* \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
    && install -d -o 1000 -g 1000 -m 0700 /data \
    && ln -s /app/dist/apps/scimctl/src/main.js /usr/local/bin/scimctl

WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/THIRD-PARTY-NOTICES ./
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY schemas schemas
COPY scripts/healthcheck.mjs scripts/

# All addresses of the container, also with the default key: whoever publishes the port decides.
ENV HOST=0.0.0.0 \
    PORT=8000 \
    DATA_PATH=/data

USER 1000:1000
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "scripts/healthcheck.mjs"]
CMD ["node", "dist/apps/scim/src/main.js"]
