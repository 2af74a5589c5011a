import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '@virtbus/contracts';
import { formatDomain, parseDomain } from '@virtbus/libvirt-xml';
import type { Monitor } from '@virtbus/qmp';
import { planProcessors, type ProcessorSlot } from '../core/processor-slots.js';
import type { LiveGuest } from '../live-guest.js';
import { liveDefinition } from './live-definition.js';
import { pinThreads } from './pin-threads.js';

/** A guest that has not let go of a processor by then may do so later, or never; libvirt waits as long. */
const UNPLUG_MS = 5_000;

/** @throws Refusal invalid_argument, operation_failed, operation_unsupported; QmpError */
export async function setVcpus(guest: LiveGuest, vcpus: number): Promise<void> {
  const { entry, monitor } = guest;
  const definition = liveDefinition(entry);
  const most = definition.vcpu.value;
  if (vcpus > most) {
    throw new Refusal(
      'invalid_argument',
      `invalid argument: requested vcpus is greater than max allowable vcpus for the live domain: ${vcpus} > ${most}`,
    );
  }
  const plan = planProcessors(await slots(monitor), vcpus);
  if (plan.type === 'refused') throw new Refusal('operation_failed', `operation failed: ${plan.words}`);
  try {
    for (const { id, driver, place } of plan.add) await monitor.execute('device_add', { driver, id, ...place });
    await pinThreads(guest, definition);
    for (const id of plan.remove) await pull(monitor, id);
  } finally {
    // As far as it came: what is on record is what QEMU has.
    const now = (await slots(monitor)).reduce((sum, slot) => sum + (slot.plugged === undefined ? 0 : slot.vcpus), 0);
    await guest.amend((before) => ({ ...before, xml: withCount(before.xml, now) }));
  }
}

function withCount(xml: string, now: number): string {
  const { vcpus: _, ...definition } = parseDomain(xml, { flavour: 'live' });
  const { current: __, ...vcpu } = definition.vcpu;
  return formatDomain({ ...definition, vcpu: now === vcpu.value ? vcpu : { ...vcpu, current: now } }, { flavour: 'live' });
}

async function slots(monitor: Monitor): Promise<ProcessorSlot[]> {
  const answer = (await monitor.call('query-hotpluggable-cpus')) as readonly {
    readonly type: string;
    readonly 'vcpus-count': number;
    readonly props: Readonly<Record<string, number>>;
    readonly 'qom-path'?: string;
  }[];
  return answer.map((one) => ({
    driver: one.type,
    vcpus: one['vcpus-count'],
    place: one.props,
    ...(one['qom-path'] === undefined ? {} : { plugged: one['qom-path'] }),
  }));
}

/** @throws Refusal operation_failed when the guest does not let it go in time */
async function pull(monitor: Monitor, id: string): Promise<void> {
  let gone: (left: boolean) => void = () => undefined;
  const leaving = new Promise<boolean>((resolve) => (gone = resolve));
  const stops = [
    monitor.on('DEVICE_DELETED', ({ data }) => void (data.device === id && gone(true))),
    monitor.on('DEVICE_UNPLUG_GUEST_ERROR', ({ data }) => void (data.device === id && gone(false))),
  ];
  try {
    await monitor.execute('device_del', { id });
    if (await Promise.race([leaving, sleep(UNPLUG_MS, false, { ref: false })])) return;
    throw new Refusal(
      'operation_failed',
      `operation failed: vcpu unplug request timed out. Unplug result must be manually inspected in the domain`,
    );
  } finally {
    for (const stop of stops) stop();
  }
}
