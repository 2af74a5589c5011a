# One service out of its bundle: npm run build makes services/*/dist/main.bundle.mjs.
ARG BASE=node:24-bookworm-slim
FROM ${BASE}
ARG SERVICE
# Native code stays outside of the bundles: the api passes descriptors to clients.
COPY node_modules/koffi /opt/virtbus/node_modules/koffi
COPY node_modules/@koromix /opt/virtbus/node_modules/@koromix
COPY docker/healthy.mjs services/${SERVICE}/dist/main.bundle.mjs services/${SERVICE}/dist/main.code.mjs /opt/virtbus/
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 VIRTBUS_STATE_DIR=/var/lib/virtbus
VOLUME /var/lib/virtbus
WORKDIR /opt/virtbus
ENTRYPOINT ["node", "/opt/virtbus/main.bundle.mjs"]
