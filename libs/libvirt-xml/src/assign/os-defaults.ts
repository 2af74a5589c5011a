/** Defaults of firmware and security labels. */
import type { DomainDef } from '../domain/domain.js';

/** Keys can only be enrolled where Secure Boot is. */
export function fillFirmware(def: DomainDef, nvramDirectory: string): DomainDef {
  const { firmwareFeatures, loader, nvram } = def.os;
  const features = firmwareFeatures?.feature ?? [];
  const implied =
    features.some(({ name, enabled }) => name === 'enrolled-keys' && enabled) && !features.some(({ name }) => name === 'secure-boot');
  const own = nvram?.type !== 'path' ? nvram?.source : nvram.value;
  const stores = loader?.type === 'pflash' && loader.readonly === true && loader.stateless !== true && own === undefined;
  return {
    ...def,
    os: {
      ...def.os,
      ...(implied
        ? { firmwareFeatures: { ...firmwareFeatures, feature: [...features, { enabled: true, name: 'secure-boot' as const }] } }
        : {}),
      ...(stores ? { nvram: { ...nvram, type: 'path' as const, value: `${nvramDirectory}/${def.name}_VARS.fd` } } : {}),
    },
  };
}

/** A label without a model is of the host's. */
export function fillSeclabels(def: DomainDef, model: string): DomainDef {
  return { ...def, seclabel: def.seclabel.map((label) => ({ ...label, model: label.model ?? model })) };
}
