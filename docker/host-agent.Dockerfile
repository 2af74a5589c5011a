# The host-agent with all that a host runs: QEMU, dnsmasq, nftables.
ARG BASE=node:24-bookworm-slim
FROM ${BASE}
RUN command -v qemu-system-x86_64 || { \
      apt-get update && \
      apt-get install -y --no-install-recommends qemu-system-x86 qemu-utils dnsmasq-base nftables iproute2 && \
      rm -rf /var/lib/apt/lists/*; }
# Native code stays outside of the bundle.
COPY node_modules/koffi /opt/virtbus/node_modules/koffi
COPY node_modules/@koromix /opt/virtbus/node_modules/@koromix
COPY docker/healthy.mjs services/host-agent/dist/main.bundle.mjs services/host-agent/dist/main.code.mjs /opt/virtbus/
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 VIRTBUS_STATE_DIR=/var/lib/virtbus
VOLUME /var/lib/virtbus
WORKDIR /opt/virtbus
ENTRYPOINT ["node", "/opt/virtbus/main.bundle.mjs"]
