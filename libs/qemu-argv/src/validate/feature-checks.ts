import type { DomainDef } from '@virtbus/libvirt-xml';
import { contradiction, detail, type DomainCheck } from './finding.js';

type Features = NonNullable<DomainDef['features']>;

/** Features of other machines. */
const foreign = ['gic', 'hpt', 'htm', 'nestedHv', 'ccfAssist', 'cfpc', 'sbbc', 'ibs'] as const satisfies readonly (keyof Features)[];

const ownFeatures: DomainCheck = ({ features }) => {
  const found = foreign.find((name) => features?.[name] !== undefined);
  return found === undefined ? undefined : { says: `feature '${found}' does not exist on x86`, at: '/features' };
};

const timersOfX86: DomainCheck = ({ clock }) => {
  const found = clock.timer.find(({ name }) => name === 'platform' || name === 'armvtimer');
  return found && { says: `a timer '${found.name}' does not exist on x86`, at: '/clock/timer' };
};

const paravirtual: ReadonlySet<string> = new Set(['kvmclock', 'hypervclock']);

const plainTimers: DomainCheck = ({ clock }) => {
  const found = clock.timer.find(
    ({ name, tickpolicy, track, frequency, mode, catchup }) =>
      paravirtual.has(name) && [tickpolicy, track, frequency, mode, catchup].some((setting) => setting !== undefined),
  );
  return found && { says: `timer '${found.name}' is either there or not; nothing else of it can be set`, at: '/clock/timer' };
};

const rebootActions: DomainCheck = ({ onPoweroff, onReboot }) => {
  const found = [onPoweroff, onReboot].find((action) => action === 'preserve' || action === 'rename-restart');
  return found === undefined ? undefined : `QEMU cannot '${found}' a guest that powers off or reboots`;
};

const crashActions: DomainCheck = ({ onCrash }) =>
  onCrash === 'rename-restart' ? "QEMU cannot 'rename-restart' a guest that crashes" : undefined;

const wholeIdmap: DomainCheck = ({ idmap }) =>
  idmap && idmap.uid.length > 0 !== idmap.gid.length > 0
    ? { says: 'users and groups are mapped together or not at all', at: '/idmap' }
    : undefined;

const noBootloader: DomainCheck = ({ bootloader }) =>
  bootloader === undefined ? undefined : { says: 'QEMU has no bootloader on the host', at: '/bootloader' };

const noKeywrap: DomainCheck = ({ keywrap }) => (keywrap ? { says: 'key wrapping does not exist on x86', at: '/keywrap' } : undefined);

const biosDate: DomainCheck = ({ sysinfo }) => {
  const dates = sysinfo.flatMap((one) => (one.type === 'smbios' ? (one.bios?.entry ?? []) : [])).filter(({ name }) => name === 'date');
  const bad = dates.find(({ value }) => !/^(0?\d|1[0-2])\/([0-2]?\d|3[01])\/(\d{2}|19\d{2}|2\d{3})$/.test(value ?? ''));
  return bad && detail(`'${bad.value ?? ''}' is no date such as 12/31/2026`, '/sysinfo/bios');
};

const sameUuid: DomainCheck = ({ sysinfo, uuid }) => {
  const entries = sysinfo.flatMap((one) => (one.type === 'smbios' ? (one.system?.entry ?? []) : []));
  const told = entries.find(({ name }) => name === 'uuid')?.value;
  const differs = told !== undefined && uuid !== undefined && told.toLowerCase().replaceAll('-', '') !== uuid.replaceAll('-', '');
  return differs ? detail('the uuid of the machine differs from that of the domain', '/sysinfo/system') : undefined;
};

const firmwareFiles: DomainCheck = ({ sysinfo }) => {
  for (const { name, file, value } of sysinfo.flatMap((one) => (one.type === 'fwcfg' ? one.entry : []))) {
    if (!name.startsWith('opt/'))
      return { says: `the name '${name}' of a file for the firmware must begin with opt/`, at: '/sysinfo/entry' };
    if (/^opt\/(ovmf|org\.qemu)/.test(name)) return { says: `the name '${name}' is QEMU's own`, at: '/sysinfo/entry' };
    if (file === undefined && (value ?? '') === '')
      return contradiction(`file '${name}' for the firmware has no content`, '/sysinfo/entry');
  }
  return undefined;
};

export const featureChecks: readonly DomainCheck[] = [
  ownFeatures,
  timersOfX86,
  plainTimers,
  rebootActions,
  crashActions,
  wholeIdmap,
  noBootloader,
  noKeywrap,
  biosDate,
  sameUuid,
  firmwareFiles,
];
