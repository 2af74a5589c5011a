/** Which of a host's firmware images fits what a definition asks for. */
import type { DomainDef } from '@virtbus/libvirt-xml';
import type { FirmwareDescriptor } from './descriptor.js';

/**
 * The first image that fits.
 * @param descriptors in the host's order of preference: by file name, without those that a file of the same name overrides
 */
export function selectFirmware(domain: DomainDef, descriptors: readonly FirmwareDescriptor[]): FirmwareDescriptor | undefined {
  return descriptors.find((descriptor) => conditions.every((holds) => holds(domain, descriptor)));
}

type Condition = (domain: DomainDef, descriptor: FirmwareDescriptor) => boolean;

const isOfKind: Condition = ({ os }, descriptor) =>
  descriptor['interface-types'].includes((os.firmware ?? 'bios') === 'efi' ? 'uefi' : 'bios');

const fitsMachine: Condition = ({ os }, { targets }) =>
  targets.some(
    ({ architecture, machines }) =>
      architecture === archOf(os.type.arch) && machines.some((pattern) => matches(pattern, os.type.machine ?? '')),
  );

const archOf = (arch: string | undefined): string => (arch === 'i686' ? 'i386' : (arch ?? 'x86_64'));

/** A name without a version stands for the newest of its kind. */
const aliases: Readonly<Record<string, string>> = { pc: 'pc-i440fx-', q35: 'pc-q35-' };

function matches(pattern: string, machine: string): boolean {
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`).test(aliases[machine] ?? machine);
}

/** What the definition wants of a feature: to be there, to be absent, or nothing. */
function wish({ os }: DomainDef, name: 'enrolled-keys' | 'secure-boot'): boolean | undefined {
  return os.firmwareFeatures?.feature.find((feature) => feature.name === name)?.enabled;
}

const hasFeature =
  (name: 'enrolled-keys' | 'secure-boot'): Condition =>
  (domain, { features }) => {
    const wanted = wish(domain, name);
    return wanted === undefined || wanted === features.includes(name);
  };

const keepsAsleep: Condition = ({ pm }, { features }) =>
  (pm?.suspendToMem?.enabled !== true || features.includes('acpi-s3')) &&
  (pm?.suspendToDisk?.enabled !== true || features.includes('acpi-s4'));

/** Flash that only system management mode writes needs firmware that runs there, and a machine that has it. */
const manages: Condition = ({ os, features }, descriptor) => {
  const managing = descriptor.features.includes('requires-smm');
  if (os.loader?.secure === true) return managing;
  return !managing || features?.smm?.state !== false;
};

const keepsState: Condition = ({ os }, { mapping }) => {
  const stateless = os.loader?.stateless;
  if (mapping.device === 'memory') return stateless !== false;
  if (mapping.device !== 'flash') return false;
  switch (mapping.mode) {
    case 'stateless':
      return stateless === true;
    case 'combined':
      return false;
    default:
      return stateless !== true;
  }
};

const keepsSecrets: Condition = ({ launchSecurity }, { features }) => launchSecurity?.type !== 'sev' || features.includes('amd-sev');

const conditions: readonly Condition[] = [
  isOfKind,
  fitsMachine,
  keepsAsleep,
  hasFeature('enrolled-keys'),
  hasFeature('secure-boot'),
  manages,
  keepsState,
  keepsSecrets,
];
