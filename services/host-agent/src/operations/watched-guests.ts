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
      void this.tell(guest, told).catch((error: unknown) => this.lost(guest, error));
    });
  }

  /** Told before that a guest has started: nobody can have opened its agent's channel yet. */
  booted(guest: LiveGuest): void {
    if (agentChannelOf(guest) === undefined) return;
    const happening = { ...this.happening(guest, 'disconnected'), cause: 'started' as const };
    this.bus
      .publish(contracts.agentChanged, happening, { tokens: { uuid: guest.entry.uuid } })
      .catch((error: unknown) => this.lost(guest, error));
  }

  private lost({ entry }: LiveGuest, error: unknown): void {
    this.log.warn(`an event of domain '${entry.name}' was lost: ${String(error)}`);
  }

  private happening({ entry: { uuid, name, epoch } }: LiveGuest, detail: string): contracts.DomainHappening {
    return { uuid, name, epoch, hostId: this.hostId, at: new Date().toISOString(), detail };
  }

  private async tell(guest: LiveGuest, told: Told): Promise<void> {
    const happening = this.happening(guest, told.detail);
    const options = { tokens: { uuid: guest.entry.uuid } };
    switch (told.what) {
      case 'rtcchanged':
        return this.bus.publish(contracts.rtcChanged, { ...happening, offsetSeconds: told.offsetSeconds }, options);
      case 'watchdog':
        return this.bus.publish(contracts.watchdogFired, happening, options);
      case 'agentlifecycle':
        return this.bus.publish(contracts.agentChanged, happening, options);
      case 'traychanged':
        return this.bus.publish(contracts.trayMoved, { ...happening, device: told.device, open: told.open }, options);
      case 'ioerror':
      case 'blockthreshold':
        return this.tellOfDisk(guest, told);
      case 'balloonchanged':
      case 'memoryfailure':
      case 'memorydeviceresized':
        return this.tellOfMemory(guest, told);
      default: {
        const { phase, local, remote, authScheme } = told;
        return this.bus.publish(contracts.graphicsChanged, { ...happening, phase, local, remote, authScheme }, options);
      }
    }
  }

  private async tellOfDisk(guest: LiveGuest, told: Told & { readonly what: 'ioerror' | 'blockthreshold' }): Promise<void> {
    const happening = this.happening(guest, told.detail);
    const options = { tokens: { uuid: guest.entry.uuid } };
    const { alias, target, source } = await diskOf(guest, told);
    if (told.what === 'ioerror') {
      const { action, reason, device } = told;
      const failed = { ...happening, action, reason, device: alias ?? device, ...defined({ source }) };
      return this.bus.publish(contracts.diskFailed, failed, options);
    }
    const { thresholdBytes, excessBytes, node } = told;
    const device = target ?? node;
    const passed = { ...happening, detail: device, device, thresholdBytes, excessBytes, ...defined({ source }) };
    return this.bus.publish(contracts.blockThresholdPassed, passed, options);
  }

  private async tellOfMemory(
    guest: LiveGuest,
    told: Told & { readonly what: 'balloonchanged' | 'memoryfailure' | 'memorydeviceresized' },
  ): Promise<void> {
    const happening = this.happening(guest, told.detail);
    const options = { tokens: { uuid: guest.entry.uuid } };
    if (told.what === 'balloonchanged') {
      await guest.amend((entry) => ({ ...entry, xml: withMemory(entry, told.memoryKiB) }));
      return this.bus.publish(contracts.balloonChanged, { ...happening, memoryKiB: told.memoryKiB }, options);
    }
    if (told.what === 'memorydeviceresized')
      return this.bus.publish(contracts.memoryDeviceResized, { ...happening, device: told.device, sizeKiB: told.sizeKiB }, options);
    const { recipient, action, actionRequired, recursive } = told;
    return this.bus.publish(contracts.memoryFailed, { ...happening, recipient, action, actionRequired, recursive }, options);
  }
}

function agentChannelOf({ entry }: LiveGuest): string | undefined {
  const channels = liveDefinition(entry).devices.channel;
  return channels.find(({ target }) => target.type === 'virtio' && target.name === AGENT_CHANNEL)?.alias?.name;
}

const withMemory = (entry: LiveGuest['entry'], memoryKiB: number): string =>
  formatDomain({ ...liveDefinition(entry), currentMemory: memoryKiB }, { flavour: 'live' });

interface NamedDisk {
  readonly alias?: string;
  /** Its name in the guest. */
  readonly target?: string;
  readonly source?: string;
}

interface Drive {
  readonly qdev?: string;
  readonly inserted?: { readonly 'node-name'?: string };
}

/** QEMU names the node, the image's or that of the file below it; whose it is stands among its drives. */
async function diskOf(
  { entry, monitor }: LiveGuest,
  { device = '', node }: { readonly device?: string; readonly node?: string },
): Promise<NamedDisk> {
  const drives = (await monitor.execute('query-block').catch(() => [])) as readonly Drive[];
  const path = (node === undefined ? undefined : driveOf(drives, node)?.qdev) ?? device;
  const disk = liveDefinition(entry).devices.disk.find(({ alias }) => alias !== undefined && path.split('/').includes(alias.name));
  return disk ? { ...defined({ alias: disk.alias?.name, target: disk.target.dev }), ...(disk.type === 'file' ? sourceOf(disk) : {}) } : {};
}

const sourceOf = ({ source }: { readonly source?: { readonly file?: string | undefined } | undefined }): Pick<NamedDisk, 'source'> =>
  defined({ source: source?.file });

function driveOf(drives: readonly Drive[], node: string): Drive | undefined {
  const names: readonly (string | undefined)[] = [node, node.replace(/-storage$/, '-format')];
  return drives.find(({ inserted }) => inserted?.['node-name'] !== undefined && names.includes(inserted['node-name']));
}
