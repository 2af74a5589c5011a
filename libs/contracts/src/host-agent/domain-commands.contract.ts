import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Min } from 'class-validator';
import { command } from '../contract.js';
import { domainXml, uuid } from '../examples.js';
import { ObjectId } from '../values/common.js';
import { shutdownModes, type ShutdownMode } from '../values/operation.js';
import { IsLibvirtUuid, IsXmlText } from '../validators.js';

/** An order for a domain that the scheduler has placed on the host. A host obeys only the newest epoch that it has seen. */
export class PlacedDomain {
  @IsLibvirtUuid() readonly uuid!: string;
  @IsString() readonly name!: string;
  @IsInt() @Min(1) readonly epoch!: number;
}

export class ShutdownPlacedDomain extends PlacedDomain {
  /** Absent: by its agent where one answers, by its power button otherwise. */
  @IsOptional() @IsIn(shutdownModes) readonly mode?: ShutdownMode;
}

export class StartPlacedDomain extends PlacedDomain {
  /** The definition to run. */
  @IsXmlText() readonly xml!: string;
  /** The number that virsh shows. */
  @IsInt() @Min(1) readonly id!: number;
  @IsBoolean() readonly persistent!: boolean;
  @IsOptional() @IsBoolean() readonly paused?: boolean;
}

const errors = [
  'payload_invalid',
  'deadline_passed',
  'no_domain',
  'operation_invalid',
  'stale_epoch',
  'qemu_failed',
  'system_error',
  'operation_failed',
  'internal',
] as const;
const example = { uuid, name: 'demo', epoch: 3 };
const replyExample = { uuid, name: 'demo' };
const common = { owner: 'host-agent', payload: PlacedDomain, reply: ObjectId, errors, example, replyExample } as const;
const asked = { ...common, payload: ShutdownPlacedDomain, errors: [...errors, 'operation_unsupported', 'agent_unresponsive'] } as const;

export const startPlacedDomain = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.start',
  summary: 'Start a domain on the host that holds its placement.',
  payload: StartPlacedDomain,
  errors: [
    ...errors,
    'no_network',
    'no_nwfilter',
    'mac_in_use',
    'network_in_use',
    'config_unsupported',
    'operation_unsupported',
    'xml_error',
    'no_pool',
    'no_volume',
  ],
  example: { ...example, xml: domainXml, id: 17, persistent: true },
});

export const shutdownPlacedDomain = command({
  ...asked,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.shutdown',
  summary: 'Ask a guest on this host to power off, through its agent or by its power button.',
});

export const destroyPlacedDomain = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.destroy',
  summary: 'End a QEMU on this host and remove all that belonged to it.',
});

export const suspendPlacedDomain = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.suspend',
  summary: 'Stop the processors of a guest on this host.',
});

export const resumePlacedDomain = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.resume',
  summary: 'Continue the processors of a guest on this host.',
});

export const rebootPlacedDomain = command({
  ...asked,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.reboot',
  summary: 'Have a guest on this host start over: by its agent, or powered off by its button and then reset instead of let go.',
});

export const resetPlacedDomain = command({
  ...common,
  subject: 'virtbus.v1.host.{hostId}.cmd.domain.reset',
  summary: 'Reset a guest on this host.',
});
