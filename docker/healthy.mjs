import { networkInterfaces } from 'node:os';

/**
 * The health check of a service's container, by exit status: nats-server counts a connection from here that listens to
 * something. VIRTBUS_NATS_MONITOR is where the server tells.
 */
const own = new Set(
  Object.values(networkInterfaces())
    .flat()
    .map(({ address }) => address),
);
const answer = await fetch(`${process.env.VIRTBUS_NATS_MONITOR}/connz`, { signal: AbortSignal.timeout(2_000) });
const { connections } = await answer.json();
if (!connections.some(({ ip, subscriptions }) => own.has(ip) && subscriptions > 0)) process.exit(1);
