/** What every section shares: the commands, and lists that are added to at either end. */
import { LibvirtError } from '../../errors/libvirt-error.js';
import { NETWORK } from '../network-name.js';
import type { NetworkDef } from '../network.js';

/** libvirt's commands (virNetworkUpdateCommand), with their numbers. */
export const updateCommands = { modify: 1, delete: 2, 'add-last': 3, 'add-first': 4 } as const;
export type UpdateCommand = keyof typeof updateCommands;

export interface Change extends UpdateRequest {
  readonly network: NetworkDef;
}

export interface UpdateRequest {
  readonly section: UpdateSection;
  readonly command: UpdateCommand;
  /** Which `<ip>` is meant, from 0; -1 lets the network say. */
  readonly parentIndex: number;
  readonly xml: string;
}

/** libvirt's sections (virNetworkUpdateSection), with their numbers. */
export const updateSections = {
  bridge: 1,
  domain: 2,
  ip: 3,
  'ip-dhcp-host': 4,
  'ip-dhcp-range': 5,
  forward: 6,
  'forward-interface': 7,
  'forward-pf': 8,
  portgroup: 9,
  'dns-host': 10,
  'dns-txt': 11,
  'dns-srv': 12,
} as const;
export type UpdateSection = keyof typeof updateSections;

export const invalid = (words: string): LibvirtError => new LibvirtError('OPERATION_INVALID', words, { domain: NETWORK });
export const impossible = (words: string): LibvirtError => new LibvirtError('OPERATION_UNSUPPORTED', words, { domain: NETWORK });

export const isAddition = (command: UpdateCommand): boolean => command === 'add-first' || command === 'add-last';

export const added = <T>(list: readonly T[], one: T, command: UpdateCommand): readonly T[] =>
  command === 'add-first' ? [one, ...list] : [...list, one];

export const without = <T>(list: readonly T[], index: number): readonly T[] => list.filter((_, at) => at !== index);

export const withAt = <T>(list: readonly T[], index: number, one: T): readonly T[] => list.map((held, at) => (at === index ? one : held));
