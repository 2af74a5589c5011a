import type { DomainDef } from '@virtbus/libvirt-xml';
import { buildArgv } from '../build-argv.js';
import type { CommandLine } from '../corpus/args-file.js';
import { environmentOf } from '../environment.js';
import { prepareDomain } from '../prepare/prepare-domain.js';
import { validateDomain } from '../validate/validate-domain.js';
import { referenceEnvironment, referenceHost, referencePreparation } from './reference-host.js';

/**
 * The whole command line that the reference host would start a domain with.
 * @param domain with defaults assigned
 * @throws LibvirtError for what it refuses
 */
export function referenceCommandLine(domain: DomainDef): CommandLine {
  validateDomain(domain);
  const prepared = prepareDomain(domain, referencePreparation);
  const host = referenceHost(prepared);
  return {
    environment: { ...referenceEnvironment(prepared), ...environmentOf(prepared) },
    program: domain.devices.emulator ?? host.capabilities.binary,
    argv: buildArgv(prepared, host),
  };
}
