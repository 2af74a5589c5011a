/** What can be read and written without a fleet. */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  assignDefaults,
  formatDomain,
  formatNetwork,
  formatNetworkPort,
  formatSecret,
  formatStoragePool,
  formatStorageVolume,
  parseDomain,
  parseNetwork,
  parseNetworkPort,
  parseSecret,
  parseStoragePool,
  parseStorageVolume,
  validateDomain,
  validateNetwork,
  type DomainDef,
} from '@virtbus/libvirt-xml';
import { presumesQemu } from './presumed-qemu.js';
import { formatArgsFile, referenceCapabilities, referenceCommandLine, validateDomain as validateForQemu } from '@virtbus/qemu-argv';

/** Where libvirt's tests have agents' sockets: like the command line, what is formatted is to be compared with theirs. */
const channelDirectory = '/tmp/channel';

/** A domain as it is kept once defined. Unless QEMU 7.2 is assumed, or presumed by the definition, only what no QEMU does otherwise is filled in. */
function keptDomain(xml: string, assumeQemu: boolean): string {
  const given = parseDomain(xml);
  const known = assumeQemu || presumesQemu(given);
  return formatDomain(assignDefaults(given, known ? referenceCapabilities : undefined, { define: false, channelDirectory }));
}

interface FormatOptions {
  /** Fill in what depends on QEMU as QEMU 7.2 would have it. */
  readonly assumeQemu: boolean;
}

/** Writers by the name of the root element. Each throws LibvirtError. */
export const formats: Readonly<Record<string, (xml: string, options: FormatOptions) => string>> = {
  domain: (xml, { assumeQemu }) => keptDomain(xml, assumeQemu),
  network: (xml) => formatNetwork(parseNetwork(xml)),
  networkport: (xml) => formatNetworkPort(parseNetworkPort(xml)),
  pool: (xml) => formatStoragePool(parseStoragePool(xml)),
  volume: (xml) => formatStorageVolume(parseStorageVolume(xml)),
  secret: (xml) => formatSecret(parseSecret(xml)),
};

/** In QEMU's own range, as libvirt draws them. */
const newMac = (): string =>
  `52:54:00:${randomBytes(3)
    .toString('hex')
    .replaceAll(/..(?=.)/g, '$&:')}`;

function checkedDomain(xml: string): DomainDef {
  const domain = assignDefaults(parseDomain(xml, { newUuid: randomUUID, newMac }), referenceCapabilities);
  validateDomain(domain, referenceCapabilities);
  return domain;
}

/**
 * QEMU's command line, one option with its value per line, on a host that has everything.
 * @throws LibvirtError
 */
export const commandLineOf = (xml: string): string => formatArgsFile(referenceCommandLine(checkedDomain(xml)));

/** Checks by the name of the root element, as when the document is defined; each gives the object's name, and throws LibvirtError. */
export const checks: Readonly<Record<string, (xml: string) => string | undefined>> = {
  domain: (xml) => {
    const domain = checkedDomain(xml);
    validateForQemu(domain);
    return domain.name;
  },
  network: (xml) => {
    const network = parseNetwork(xml);
    validateNetwork(network);
    return network.name;
  },
  networkport: (xml) => parseNetworkPort(xml).uuid,
  pool: (xml) => parseStoragePool(xml).name,
  volume: (xml) => parseStorageVolume(xml).name,
  secret: (xml) => parseSecret(xml).uuid,
};
