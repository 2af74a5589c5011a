import type { DomainDetail, DomainStateName } from '@virtbus/contracts';
import { FleetError } from '../fleet.js';

/** A domain, with what makes it change. */
export interface FakeDomain extends Omit<DomainDetail, 'id' | 'title' | 'hostId'> {
  name: string;
  state: DomainStateName;
  reason: string;
  persistent: boolean;
  autostart: boolean;
  id?: number | undefined;
  hostId?: string | undefined;
  title?: string | undefined;
  xml: string;
}

const first = (xml: string, pattern: RegExp): string | undefined => pattern.exec(xml)?.[1];

export const refuse = (code: string, message: string): never => {
  throw new FleetError(code, message);
};

/** Reads as much of the XML as the fake has to know. */
export function fakeDomain(xml: string, changes: Partial<FakeDomain> = {}): FakeDomain {
  const memoryKiB = Number(first(xml, /<memory unit='MiB'>(\d+)/) ?? 128) * 1024;
  const nets = [...xml.matchAll(/<interface type='(\w+)'>(.*?)<\/interface>/gs)];
  return {
    uuid: first(xml, /<uuid>([^<]*)/) ?? 'c7a5fdbd-edaf-9455-926a-d65c16db1809',
    name: first(xml, /<name>([^<]*)/) ?? 'demo',
    title: first(xml, /<title>([^<]*)/),
    state: 'shutoff',
    reason: 'shutdown',
    persistent: true,
    autostart: false,
    type: first(xml, /<domain type='(\w+)'/) ?? 'qemu',
    arch: 'x86_64',
    vcpus: Number(first(xml, /<vcpu>(\d+)/) ?? 1),
    memoryKiB,
    maxMemoryKiB: memoryKiB,
    interfaces: nets.map(([, type = '', body = ''], index) => ({
      alias: `net${index}`,
      mac: first(body, /mac address='([^']*)/) ?? '',
      type,
      model: first(body, /model type='([^']*)/) ?? 'rtl8139',
      ...(type === 'network' ? { source: first(body, /network='([^']*)/) ?? '' } : {}),
    })),
    // libvirt writes the model that it falls back on into the definition.
    xml: xml.replace(/<interface(?:(?!<model|<\/interface>).)*(?=<\/interface>)/gs, (net) => `${net}<model type='rtl8139'/>`),
    ...changes,
  };
}

/** As the fleet tells it: a running domain's interfaces on networks have taps. */
export function detailOf({ id, hostId, title, interfaces, ...rest }: FakeDomain): DomainDetail {
  const active = id !== undefined;
  return {
    ...rest,
    ...(active ? { id } : {}),
    ...(hostId === undefined ? {} : { hostId }),
    ...(title === undefined ? {} : { title }),
    interfaces: interfaces.map((net, index) =>
      active && net.type === 'network' ? Object.assign({}, net, { target: `vnet${index}` }) : net,
    ),
  };
}
