/** How each suite of pairs (NAME.xml and what it reads back as) is answered. */
import { assignDefaults } from '../assign/assign-defaults.js';
import { formatDomain, formatNetwork, formatNetworkPort, parseDomain, parseNetwork, parseNetworkPort } from '../documents.js';
import { recordedHosts, recordedOptions } from './profiles.js';

/** Answers to one input; a pair passes when any of them is as expected. */
export type Suite = (input: string) => readonly (() => string)[];

const domainXml: Suite = (input) =>
  Object.values(recordedHosts).map((capabilitiesOf) => () => {
    const def = parseDomain(input);
    return formatDomain(assignDefaults(def, capabilitiesOf(def), recordedOptions));
  });

/** Suites by the name of their directory. */
export const suites: Readonly<Record<string, Suite>> = {
  'domain-xml': domainXml,
  'network-xml': (input) => [() => formatNetwork(parseNetwork(input))],
  'network-port-xml': (input) => [() => formatNetworkPort(parseNetworkPort(input))],
};
