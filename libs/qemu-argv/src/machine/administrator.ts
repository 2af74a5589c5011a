/** What an administrator adds past libvirt's model, and where a guest comes from that does not boot. */
import { formatJson, type Json, type JsonObject } from '../argv/json.js';
import type { Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { unsupported } from '../refusal.js';

/** Arguments of `qemu:commandline`, as they are. */
export const administratorArguments = ({ domain }: Context): Argv => domain.qemuCommandline?.arg.map(({ value }) => value) ?? [];

/** A guest that is received waits for its state. */
export const incoming = ({ host }: Context): Argv => (host.incoming === undefined ? [] : ['-incoming', host.incoming]);

/** Properties that `qemu:override` changes, adds or takes away, by the id of the device. */
export function overrides({ domain }: Context, argv: readonly string[]): string[] {
  const devices = domain.qemuOverride?.device ?? [];
  if (devices.length === 0) return [...argv];
  return argv.map((argument, index) => (argv[index - 1] === '-device' ? overridden(argument, devices) : argument));
}

type Overrides = NonNullable<Context['domain']['qemuOverride']>['device'];
type Property = NonNullable<Overrides[number]['frontend']>['property'][number];

function overridden(argument: string, devices: Overrides): string {
  const given = devices.find(({ alias }) => argument.includes(`"id":${JSON.stringify(alias)}`));
  const properties = given?.frontend?.property ?? [];
  if (properties.length === 0) return argument;
  const parsed: unknown = JSON.parse(argument);
  if (!isProperties(parsed)) return argument;
  return formatJson(properties.reduce(withProperty, parsed));
}

const isProperties = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

const withProperty = (device: JsonObject, property: Property): JsonObject => ({ ...device, [property.name]: valueOf(property) });

function valueOf({ name, type, value = '' }: Property): Json | undefined {
  switch (type) {
    case 'remove':
      return undefined;
    case 'string':
      return value;
    case 'bool':
      return value === 'true';
    default:
      if (!/^-?\d+$/.test(value)) throw unsupported('/domain/override', `'${value}' of property '${name}' is no whole number`);
      return BigInt(value);
  }
}
