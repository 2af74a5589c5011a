import { Refusal, type Overlay } from '@virtbus/contracts';
import { overlayOf, type NetworkDef } from '@virtbus/libvirt-xml';
import { hashOf } from './core/port-addresses.js';
import type { Vnis } from './ports.js';

const VNI_MAX = 16_777_215;
const FORGET_AGE_MS = 2 * 60_000;

/**
 * The VXLAN network identifier of each network that spans hosts. The number's record is taken first, the network's record says which
 * number holds; a crash in between leaves a number that its network finds again.
 */
export class OverlayBook {
  constructor(
    private readonly vnis: Vnis,
    private readonly now: () => Date,
  ) {}

  /** Undefined for a network that does not span hosts. @throws Refusal operation_failed when the number asked for is another network's */
  async of(network: NetworkDef, networkUuid: string): Promise<Overlay | undefined> {
    const wanted = overlayOf(network);
    if (!wanted) return undefined;
    const { port, vni: asked } = wanted;
    const held = await this.vnis.ofNetwork(networkUuid);
    if (held !== undefined && (asked === undefined || asked === held)) return { vni: held, port };
    const vni = asked === undefined ? await this.takeAny(networkUuid) : await this.takeOne(asked, networkUuid, network.name);
    return { vni: await this.settle(networkUuid, vni, held), port };
  }

  /** Gives back numbers whose network is gone. */
  async sweep(exists: (networkUuid: string) => Promise<boolean>): Promise<void> {
    const old = this.now().getTime() - FORGET_AGE_MS;
    for (const { vni, networkUuid, takenAt } of await this.vnis.known()) {
      const isCurrent = (await this.vnis.ofNetwork(networkUuid)) === vni;
      if (Date.parse(takenAt) > old || (isCurrent && (await exists(networkUuid)))) continue;
      if (isCurrent) await this.vnis.forgetNetwork(networkUuid);
      await this.vnis.release(vni, networkUuid);
    }
  }

  private async takeOne(vni: number, networkUuid: string, name: string): Promise<number> {
    const owner = await this.vnis.take(vni, networkUuid, this.now());
    if (owner === networkUuid) return vni;
    const words = `operation failed: network '${name}' asks for VXLAN network identifier ${vni}, which network ${owner} has`;
    throw new Refusal('operation_failed', words, { domain: 19, path: '/network/metadata/overlay/@vni' });
  }

  private async takeAny(networkUuid: string): Promise<number> {
    for (let step = 0; step < VNI_MAX; step += 1) {
      const vni = ((hashOf(networkUuid) + step) % VNI_MAX) + 1;
      if ((await this.vnis.take(vni, networkUuid, this.now())) === networkUuid) return vni;
    }
    throw new Error('no VXLAN network identifier is left');
  }

  /** Another netd may have been quicker: its number holds. */
  private async settle(networkUuid: string, vni: number, before: number | undefined): Promise<number> {
    const settled = await this.vnis.settle(networkUuid, vni, this.now(), before);
    if (settled !== vni) await this.vnis.release(vni, networkUuid);
    else if (before !== undefined) await this.vnis.release(before, networkUuid);
    return settled;
  }
}
