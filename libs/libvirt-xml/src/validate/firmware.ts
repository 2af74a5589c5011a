/** Which firmware settings go together. */
import type { DomainDef } from '../domain/domain.js';
import { isQ35 } from '../assign/machine.js';
import { refusal, unsupported, type Rule } from './rule.js';

const detail = (path: string, words: string) => refusal('XML_DETAIL', path, words);

const automatic: Rule = ({ os }) => {
  const { firmware, loader, firmwareFeatures } = os;
  if (firmware === undefined) {
    return firmwareFeatures
      ? detail('os/firmware', 'cannot use feature-based firmware autoselection when firmware autoselection is disabled')
      : undefined;
  }
  const fixed = loader?.readonly !== undefined ? 'readonly' : loader?.type !== undefined ? 'type' : undefined;
  if (fixed) return detail('os/loader', `loader attribute '${fixed}' cannot be specified when firmware autoselection is enabled`);
  return loader?.value === undefined
    ? undefined
    : detail('os/loader', 'loader path cannot be specified when firmware autoselection is enabled');
};

const bios: Rule = ({ os }) => {
  if (os.firmware !== 'bios') return undefined;
  if (os.nvram) return detail('os/nvram', "firmware type 'bios' does not support nvram");
  return os.loader?.stateless === false ? detail('os/loader', 'Only EFI firmware permits NVRAM') : undefined;
};

const features: Rule = ({ os }) => {
  const state = (name: string) => os.firmwareFeatures?.feature.find((one) => one.name === name)?.enabled;
  const contradicts = state('enrolled-keys') === true && state('secure-boot') === false;
  return contradicts
    ? detail('os/firmware', "firmware feature 'enrolled-keys' cannot be enabled when firmware feature 'secure-boot' is disabled")
    : undefined;
};

const manual: Rule = ({ os }) => {
  const { firmware, loader, nvram } = os;
  if (firmware === undefined && nvram && loader?.value === undefined)
    return detail('os/nvram', 'no loader path specified and firmware auto selection disabled');
  return nvram && loader?.stateless ? detail('os/nvram', 'NVRAM is not permitted when loader is stateless') : undefined;
};

const secure: Rule = (def) => {
  const { loader, firmware } = def.os;
  if (!loader?.secure || firmware !== undefined) return undefined;
  if (!isQ35(def)) return unsupported('os/loader', 'Secure boot is supported with q35 machine types only');
  return def.features?.smm?.state ? undefined : unsupported('os/loader', 'Secure boot requires SMM feature enabled');
};

const MIB = 1024;

const tseg: Rule = (def: DomainDef) => {
  const size = def.features?.smm?.tseg;
  if (size === undefined) return undefined;
  if (!isQ35(def)) return unsupported('features/smm/tseg', 'SMM TSEG is only supported with q35 machine type');
  return size % MIB === 0 ? undefined : unsupported('features/smm/tseg', 'SMM TSEG size must be divisible by 1 MiB');
};

export const firmwareRules: readonly Rule[] = [automatic, bios, features, manual, secure, tseg];
