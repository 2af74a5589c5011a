/** Fills in the firmware that a definition only describes, and the file that keeps its variables. */
import type { DomainDef } from '@virtbus/libvirt-xml';
import type { FirmwareDescriptor } from '../firmware/descriptor.js';
import { selectFirmware } from '../firmware/select-firmware.js';
import { refuse } from '../refusal.js';

export interface FirmwareOptions {
  /** Installed images in order of preference. */
  readonly firmwares?: readonly FirmwareDescriptor[];
  /** Where files with the variables of guests are kept. */
  readonly nvramDirectory?: string;
}

type Loader = NonNullable<DomainDef['os']['loader']>;

/** @throws LibvirtError (9) when no image fits. */
export const withFirmware = (domain: DomainDef, options: FirmwareOptions): DomainDef =>
  withVariables(withSelected(domain, options), options);

function withSelected(domain: DomainDef, { firmwares = [] }: FirmwareOptions): DomainDef {
  const { os } = domain;
  if (os.firmware === undefined || os.loader?.value !== undefined) return domain;
  const found = selectFirmware(domain, firmwares);
  if (!found)
    throw refuse('OPERATION_FAILED', '/domain/os/@firmware', `no firmware of this host is the '${os.firmware}' that is asked for`);
  return found.features.includes('requires-smm') ? withManagement(withImage(domain, found)) : withImage(domain, found);
}

function withImage(domain: DomainDef, { mapping }: FirmwareDescriptor): DomainDef {
  const { os } = domain;
  const loader: Loader =
    mapping.device === 'flash'
      ? { ...os.loader, readonly: true, type: 'pflash', value: mapping.executable.filename }
      : { ...os.loader, type: 'rom', value: mapping.filename };
  const template = mapping.device === 'flash' && mapping.mode !== 'stateless' ? mapping['nvram-template']?.filename : undefined;
  const nvram = template === undefined ? os.nvram : { type: 'path' as const, ...os.nvram, template: os.nvram?.template ?? template };
  return { ...domain, os: { ...os, loader, ...(nvram && { nvram }) } };
}

function withManagement(domain: DomainDef): DomainDef {
  const { os, features } = domain;
  return {
    ...domain,
    features: { ...features, smm: { ...features?.smm, state: true } },
    os: { ...os, loader: { ...os.loader, secure: true } },
  };
}

/** Flash that the guest may not write keeps variables in a file of the guest's own. */
function withVariables(domain: DomainDef, { nvramDirectory }: FirmwareOptions): DomainDef {
  const { os, name } = domain;
  const { loader, nvram } = os;
  const keeps = loader?.type === 'pflash' && loader.readonly === true && loader.stateless !== true;
  if (!keeps || nvramDirectory === undefined || (nvram && (nvram.type !== 'path' || nvram.value !== undefined))) return domain;
  return { ...domain, os: { ...os, nvram: { ...nvram, type: 'path', value: `${nvramDirectory}/${name}_VARS.fd` } } };
}
