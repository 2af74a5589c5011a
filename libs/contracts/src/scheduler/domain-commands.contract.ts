import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { command } from '../contract.js';
import { uuid } from '../examples.js';
import { DomainRef, ObjectId } from '../values/common.js';
import { shutdownModes, type ShutdownMode } from '../values/operation.js';

/**
 * The scheduler takes every command about a domain that runs or is to run, since it alone knows the host. What the host has
 * to do goes on to it as a command of its own; the outcome then comes from the host.
 */
export class StartDomain extends DomainRef {
  /** Leave the guest's processors stopped. */
  @IsOptional() @IsBoolean() readonly paused?: boolean;
}

export class ShutdownDomain extends DomainRef {
  /** Absent: by its agent where one answers, by its power button otherwise. */
  @IsOptional() @IsIn(shutdownModes) readonly mode?: ShutdownMode;
}

const common = ['payload_invalid', 'deadline_passed', 'no_domain', 'operation_invalid', 'internal'] as const;
const onHost = [...common, 'stale_epoch', 'qemu_failed', 'system_error', 'operation_failed'] as const;
const replyExample = { uuid, name: 'demo' };
const example = { domain: 'demo' };
const askedErrors = [...onHost, 'operation_unsupported', 'agent_unresponsive'] as const;
const ofRunning = { owner: 'scheduler', payload: DomainRef, reply: ObjectId, errors: onHost, example, replyExample } as const;
const asked = { ...ofRunning, payload: ShutdownDomain, errors: askedErrors } as const;

export const startDomain = command({
  subject: 'virtbus.v1.cmd.domain.start',
  summary: 'Start a domain on a host that can hold it.',
  owner: 'scheduler',
  payload: StartDomain,
  reply: ObjectId,
  errors: [
    ...onHost,
    'unschedulable',
    'no_network',
    'no_nwfilter',
    'operation_unsupported',
    'mac_in_use',
    'network_in_use',
    'config_unsupported',
    'no_pool',
    'no_volume',
  ],
  example,
  replyExample,
});

export const shutdownDomain = command({
  subject: 'virtbus.v1.cmd.domain.shutdown',
  summary: 'Ask the guest to power off. The guest may ignore it.',
  ...asked,
});

export const destroyDomain = command({
  subject: 'virtbus.v1.cmd.domain.destroy',
  summary: 'Pull the plug. The outcome comes when nothing of the domain is left on its host.',
  ...ofRunning,
});

export const suspendDomain = command({
  subject: 'virtbus.v1.cmd.domain.suspend',
  summary: "Stop the guest's processors; its memory stays.",
  ...ofRunning,
});

export const resumeDomain = command({
  subject: 'virtbus.v1.cmd.domain.resume',
  summary: "Let the guest's processors run again.",
  ...ofRunning,
});

export const rebootDomain = command({
  subject: 'virtbus.v1.cmd.domain.reboot',
  summary: 'Ask the guest to power off, and start it again when it has.',
  ...asked,
});

export const resetDomain = command({
  subject: 'virtbus.v1.cmd.domain.reset',
  summary: 'Reset the machine at once, as its reset button does.',
  ...ofRunning,
});
