import type { Channel, Console, Redirdev, Serial, Smartcard } from '../domain-parts.js';
import type { ChardevSource } from '../chardev/chardev.js';
import { contradiction, type DeviceCheck, type Finding } from './finding.js';

interface WithSource {
  readonly type: ChardevSource['type'];
}

/** Ends that a client of SPICE holds. */
const ofSpice: ReadonlySet<ChardevSource['type']> = new Set(['spicevmc', 'spiceport']);

const needsScreen: DeviceCheck<WithSource> = ({ type }, { devices }) =>
  ofSpice.has(type) && !devices.graphics.some((one) => one.type === 'spice')
    ? `a character device of type '${type}' needs graphics of type 'spice'`
    : undefined;

const agentOnly: DeviceCheck<WithSource> = ({ type }) =>
  type === 'spicevmc' ? 'the agent of SPICE talks over a virtio channel only' : undefined;

const models: Readonly<Record<string, string>> = {
  'isa-serial': 'isa-serial',
  'usb-serial': 'usb-serial',
  'pci-serial': 'pci-serial',
  'isa-debugcon': 'isa-debug',
};

const isKnownType = (type: string | undefined): boolean => type === undefined || Object.values(models).includes(type);

const serialTarget: DeviceCheck<Serial> = ({ target }) => {
  const { type, model } = target;
  if (!isKnownType(type)) return { says: `a serial port of type '${type ?? ''}' does not exist on x86`, at: '/target/@type' };
  return model && serialModel(model.name, type);
};

function serialModel(name: string, type: string | undefined): Finding {
  const wanted = models[name];
  if (wanted === undefined) return { says: `a serial port of model '${name}' does not exist on x86`, at: '/target/model' };
  if (type === undefined || type === wanted) return undefined;
  return { says: `model '${name}' is one of ports of type '${wanted}'`, at: '/target' };
}

export const serialChecks: readonly DeviceCheck<Serial>[] = [agentOnly, needsScreen, serialTarget];
export const consoleChecks: readonly DeviceCheck<Console>[] = [agentOnly, needsScreen];
const SPICE_AGENT = 'com.redhat.spice.0';

/** QEMU itself talks to the agent, and to nobody else. */
const agentsName: DeviceCheck<Channel> = ({ type, target }) => {
  const name = target.type === 'virtio' ? target.name : undefined;
  return type === 'spicevmc' && name !== undefined && name !== SPICE_AGENT
    ? { says: `a channel of type 'spicevmc' is named ${SPICE_AGENT}, not '${name}'`, at: '/target/@name' }
    : undefined;
};

export const channelChecks: readonly DeviceCheck<Channel>[] = [needsScreen, agentsName];
export const redirdevChecks: readonly DeviceCheck<Redirdev>[] = [needsScreen];

const database: DeviceCheck<Smartcard> = (one) =>
  one.mode === 'host-certificates' && one.database !== undefined && !one.database.startsWith('/')
    ? contradiction('the path of the database is absolute', '/database')
    : undefined;

export const smartcardChecks: readonly DeviceCheck<Smartcard>[] = [database];
