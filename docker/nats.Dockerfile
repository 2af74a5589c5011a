ARG BASE=nats:2.12-alpine
FROM ${BASE}
COPY docker/nats.conf /etc/virtbus/nats.conf
RUN nats-server -t -c /etc/virtbus/nats.conf || sed -i '/sync_interval/d' /etc/virtbus/nats.conf
RUN nats-server -t -c /etc/virtbus/nats.conf
VOLUME /data
EXPOSE 4222 8222
ENTRYPOINT ["nats-server", "-c", "/etc/virtbus/nats.conf"]
CMD []
