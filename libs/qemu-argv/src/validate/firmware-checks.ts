import type { DomainDef } from '@virtbus/libvirt-xml';
import { isPcExpress } from '../machine/machine-kind.js';
import { detail, type DomainCheck } from './finding.js';

/** What the host chooses by itself is not given as well. */
const chosenByHost: DomainCheck = ({ os }) => {
  const { firmware, loader } = os;
  if (firmware === undefined || !loader) return undefined;
  const given = (['readonly', 'type', 'value'] as const).find((name) => loader[name] !== undefined);
  return given === undefined ? undefined : detail(`the loader's ${given} is the host's to choose when firmware is asked for`, '/os/loader');
};

const variablesOfEfi: DomainCheck = ({ os }) => {
  if (os.firmware !== 'bios') return undefined;
  if (os.nvram) return detail('firmware of type bios keeps no variables', '/os/nvram');
  return os.loader?.stateless === false ? detail('only firmware of type efi keeps state', '/os/loader/@stateless') : undefined;
};

const featuresOfChosen: DomainCheck = ({ os }) => {
  if (os.firmware === undefined && (os.firmwareFeatures?.feature.length ?? 0) > 0) {
    return detail('features of firmware can be asked for only when the host chooses it', '/os/firmware');
  }
  const wish = (name: string): boolean | undefined => os.firmwareFeatures?.feature.find((feature) => feature.name === name)?.enabled;
  const keysWithoutBoot = wish('enrolled-keys') === true && wish('secure-boot') === false;
  return keysWithoutBoot ? detail('enrolled keys are of no use without secure boot', '/os/firmware') : undefined;
};

const statelessKeepsNothing: DomainCheck = ({ os }) =>
  os.loader?.stateless === true && os.nvram ? detail('a stateless loader has no file for variables', '/os/nvram') : undefined;

const loaderHasPath: DomainCheck = ({ os }) => {
  const { firmware, loader, nvram } = os;
  if (firmware !== undefined || loader?.value !== undefined || (!loader && !nvram)) return undefined;
  return detail('a loader needs a path, or firmware that the host chooses', '/os/loader');
};

const imageIsStateless: DomainCheck = ({ os }) =>
  os.firmware === undefined && os.loader?.value !== undefined && os.loader.type !== 'pflash' && os.loader.stateless === false
    ? detail('only a loader of type pflash keeps variables', '/os/loader')
    : undefined;

const needsManagement = ({ os }: DomainDef): boolean => os.firmware === undefined && os.loader?.secure === true;

const secureLoader: DomainCheck = (domain) => {
  if (!needsManagement(domain)) return undefined;
  const at = '/os/loader/@secure';
  if (!isPcExpress(domain)) return { says: 'a secure loader needs a Q35 machine', at };
  return domain.features?.smm?.state ? undefined : { says: 'a secure loader needs system management mode', at };
};

export const firmwareChecks: readonly DomainCheck[] = [
  chosenByHost,
  variablesOfEfi,
  featuresOfChosen,
  statelessKeepsNothing,
  loaderHasPath,
  imageIsStateless,
  secureLoader,
];
