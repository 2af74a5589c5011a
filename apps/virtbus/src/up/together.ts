import { listeningOf, startApi } from '@virtbus/api';
import { startHostAgent } from '@virtbus/host-agent';
import { trimMemory } from '@virtbus/libc';
import { startNetd } from '@virtbus/netd';
import { startScheduler } from '@virtbus/scheduler';
import { startTelemetry } from '@virtbus/telemetry';
import type { FleetPlace } from './index.js';

/** All four services in this process, each with its own connection, as they would be apart. */
export async function runTogether({ stateDir, url, rest, hostId, netns }: FleetPlace) {
  const telemetry = await startTelemetry({ service: 'virtbus', version: '0.1.0' });
  const common = { servers: url, signals: false };
  const environment = { ...process.env, VIRTBUS_STATE_DIR: stateDir };
  const api = await startApi({ ...common, rpc: listeningOf(environment), rest });
  const running = [
    api,
    await startScheduler(common),
    await startNetd(common),
    await startHostAgent({ ...common, stateDir, ...(hostId === undefined ? {} : { hostId }), ...(netns === undefined ? {} : { netns }) }),
  ];
  trimMemory();
  return {
    rest: api.rest,
    rpc: listeningOf(environment).socket?.path,
    pidOf: (_program: string): number | undefined => process.pid,
    stop: async () => {
      for (const service of running.toReversed()) await service.close();
      await telemetry.shutdown();
    },
  };
}
