import * as contracts from '@virtbus/contracts';
import { defined } from '@virtbus/contracts';
import { formatDomain } from '@virtbus/libvirt-xml';
import type { Bus } from '@virtbus/messaging';
import { toldOf, type Told } from '../core/guest-events.js';
import type { LiveGuest } from '../live-guest.js';
import type { HostLog } from '../ports.js';
import { liveDefinition } from './live-definition.js';

const AGENT_CHANNEL = 'org.qemu.guest_agent.0';

/** Tells the fleet what QEMU tells of a guest beside its life. What is not heard is not told again: the next event is newer. */
export class WatchedGuests {
  constructor(
    private readonly bus: Pick<Bus, 'publish'>,
    private readonly hostId: string,
    private readonly log: HostLog,
  ) {}

  watch(guest: LiveGuest): void {
    guest.monitor.onEvent(({ event, data }) => {
      const told = toldOf({ event, data }, { agentChannel: agentChannelOf(guest) });
      if (!told) return;
      void this.tell(guest, told).catch((error: unknown) =>
        this.log.warn(`an event of domain '${guest.entry.name}' was lost: ${String(error)}`),
      );
    });
  }

  private async tell(guest: LiveGuest, told: Told): Promise<void> {
    const { uuid, name, epoch } = guest.entry;
    const happening = { uuid, name, epoch, hostId: this.hostId, at: new Date().toISOString(), detail: told.detail };
    const options = { tokens: { uuid } };
    switch (told.what) {
      case 'rtcchanged':
        return this.bus.publish(contracts.rtcChanged, { ...happening, offsetSeconds: told.offsetSeconds }, options);
      case 'watchdog':
        return this.bus.publish(contracts.watchdogFired, happening, options);
      case 'agentlifecycle':
        return this.bus.publish(contracts.agentChanged, happening, options);
      case 'balloonchanged':
        await guest.amend((entry) => ({ ...entry, xml: withMemory(entry, told.memoryKiB) }));
        return this.bus.publish(contracts.balloonChanged, { ...happening, memoryKiB: told.memoryKiB }, options);
      case 'traychanged':
        return this.bus.publish(contracts.trayMoved, { ...happening, device: told.device, open: told.open }, options);
      case 'ioerror': {
        const { action, reason } = told;
        return this.bus.publish(contracts.diskFailed, { ...happening, action, reason, ...(await diskOf(guest, told)) }, options);
      }
      case 'graphics': {
        const { phase, local, remote, authScheme } = told;
        return this.bus.publish(contracts.graphicsChanged, { ...happening, phase, local, remote, authScheme }, options);
      }
    }
  }
}

function agentChannelOf({ entry }: LiveGuest): string | undefined {
  const channels = liveDefinition(entry).devices.channel;
  return channels.find(({ target }) => target.type === 'virtio' && target.name === AGENT_CHANNEL)?.alias?.name;
}

const withMemory = (entry: LiveGuest['entry'], memoryKiB: number): string =>
  formatDomain({ ...liveDefinition(entry), currentMemory: memoryKiB }, { flavour: 'live' });

/** QEMU names the node that failed; whose it is stands among its drives. */
async function diskOf(
  { entry, monitor }: LiveGuest,
  { device, node }: Told & { readonly what: 'ioerror' },
): Promise<{ device: string; source?: string }> {
  const drives = (await monitor.execute('query-block').catch(() => [])) as readonly {
    readonly qdev?: string;
    readonly inserted?: { readonly 'node-name'?: string };
  }[];
  const path = drives.find((drive) => drive.inserted?.['node-name'] === node)?.qdev ?? device;
  const disk = liveDefinition(entry).devices.disk.find(({ alias }) => alias !== undefined && path.split('/').includes(alias.name));
  const source = disk?.type === 'file' ? disk.source?.file : undefined;
  return { device: disk?.alias?.name ?? device, ...defined({ source }) };
}
