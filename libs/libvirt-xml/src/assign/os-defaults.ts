/** Defaults of firmware and security labels. */
import type { DomainDef } from '../domain/domain.js';

type Os = DomainDef['os'];

/** What the firmware needs that is not said: Secure Boot for its keys, a place for its variables. */
export function fillFirmware(def: DomainDef, nvramDirectory: string): DomainDef {
  return { ...def, os: withSecureBoot(withVariables(def.os, `${nvramDirectory}/${def.name}_VARS.fd`)) };
}

/** Keys can only be enrolled where Secure Boot is. */
function withSecureBoot(os: Os): Os {
  const features = os.firmwareFeatures?.feature ?? [];
  const enrolled = features.some(({ name, enabled }) => name === 'enrolled-keys' && enabled);
  if (!enrolled || features.some(({ name }) => name === 'secure-boot')) return os;
  return { ...os, firmwareFeatures: { ...os.firmwareFeatures, feature: [...features, { enabled: true, name: 'secure-boot' }] } };
}

/** Firmware in read-only flash keeps its variables in a file of the domain's own. */
function withVariables(os: Os, path: string): Os {
  const { loader, nvram } = os;
  const inFlash = loader?.type === 'pflash' && loader.readonly === true && loader.stateless !== true;
  if (!inFlash || hasPlace(nvram)) return os;
  return { ...os, nvram: { ...nvram, type: 'path', value: path } };
}

const hasPlace = (nvram: Os['nvram']): boolean => (nvram?.type === 'path' ? nvram.value !== undefined : nvram !== undefined);

/** A label without a model is of the host's. */
export function fillSeclabels(def: DomainDef, model: string): DomainDef {
  return { ...def, seclabel: def.seclabel.map((label) => ({ ...label, model: label.model ?? model })) };
}
