/** The suites about networks: what dnsmasq is told, and which packets pass. Both are compared by what they come to. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { filterDifference, firewallPlanOf, isMade, nftRules } from '@virtbus/host-agent';
import { LibvirtError, parseNetwork, type NetworkDef } from '@virtbus/libvirt-xml';
import { dnsmasqPlanOf, hostNetworkOf } from '@virtbus/netd';
import type { SuiteResult } from './document-suites.js';
import { iptablesRules } from './firewall-iptables.js';
import { nftRulesOf } from './firewall-nft.js';
import { packetsFor, UnknownWords, verdictOf, wordsOf } from './firewall-packet.js';

interface Case {
  readonly xml: string;
  /** Text of the file that goes with the case, by its ending; undefined when there is none. */
  readonly file: (ending: string) => string | undefined;
}

interface NetworkSuite {
  /** Ending of the file with what is expected; documents without one are only for others to refer to. */
  readonly answer: string;
  /** The first difference; undefined: passed. */
  differenceOf(given: Case): string | undefined;
}

const nwfilter: NetworkSuite = {
  answer: '-linux.args',
  differenceOf: ({ xml, file }) => filterDifference(xml, file('-linux.args') ?? ''),
};

const suites: Readonly<Record<string, NetworkSuite>> = {
  'network-dnsmasq': { answer: '.conf', differenceOf: dnsmasqDifference },
  'network-firewall': { answer: '-linux.args', differenceOf: firewallDifference },
  nwfilter,
  'nwfilter-firewall': nwfilter,
};

/** @param directory one of the suites, or a directory of suites */
export function runNetworkSuites(directory: string): readonly SuiteResult[] {
  const own = suites[basename(directory)] ? [directory] : readdirSync(directory).map((name) => join(directory, name));
  return own.flatMap((path) => {
    const suite = suites[basename(path)];
    return suite ? [{ suite: basename(path), outcomes: namesIn(path, suite).map((name) => outcomeOf(path, name, suite)) }] : [];
  });
}

const namesIn = (path: string, { answer }: NetworkSuite): readonly string[] =>
  readdirSync(path)
    .flatMap((file) => (file.endsWith('.xml') ? [file.slice(0, -'.xml'.length)] : []))
    .filter((name) => existsSync(join(path, `${name}${answer}`)))
    .toSorted();

function outcomeOf(path: string, name: string, suite: NetworkSuite): SuiteResult['outcomes'][number] {
  const file = (ending: string): string | undefined => {
    const place = join(path, `${name}${ending}`);
    return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
  };
  const difference = differenceOrRefusal(() => suite.differenceOf({ xml: file('.xml') ?? '', file }));
  return { name, outcome: difference === undefined ? { type: 'passed' } : { type: 'failed', difference } };
}

function differenceOrRefusal(find: () => string | undefined): string | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof UnknownWords) return error.message;
    if (!(error instanceof LibvirtError)) throw error;
    return `refused: ${error.message} (${error.path ?? ''})`;
  }
}

/** Remarks, and options that name files of the host that runs it. */
const ofHost = /^(?:#|dhcp-hostsfile=|addn-hosts=|pid-file=|\s*$)/;

/** Options are a set; hosts are lines in their order. */
function dnsmasqDifference({ xml, file }: Case): string | undefined {
  const network = parseNetwork(xml);
  const { options = [], hosts: given = [] } = dnsmasqPlanOf(network, network.bridge?.name ?? '') ?? {};
  const wanted = (file('.conf') ?? '').split('\n').filter((line) => !ofHost.test(line));
  const hosts = file('.hostsfile')?.split('\n').filter(Boolean);
  return firstApart(wanted.toSorted(), options.toSorted()) ?? (hosts && firstApart(hosts, given));
}

function firstApart(expected: readonly string[], actual: readonly string[]): string | undefined {
  const at = expected.findIndex((line, index) => line !== actual[index]);
  if (at < 0 && actual.length <= expected.length) return undefined;
  const place = at < 0 ? expected.length : at;
  return `expected ${expected[place] ?? 'the end'}, got ${actual[place] ?? 'the end'}`;
}

/** Packets of every kind are held against both firewalls. */
function firewallDifference({ xml, file }: Case): string | undefined {
  const network = parseNetwork(xml);
  const [theirs, ours] = [iptablesRules(file('-linux.args') ?? ''), nftRulesOf(firewallOf(network))];
  const apart = packetsFor(network).find((packet) => verdictOf(theirs, packet) !== verdictOf(ours, packet));
  return apart && `${wordsOf(apart)}: expected ${verdictOf(theirs, apart)}, got ${verdictOf(ours, apart)}`;
}

/** The text that the host's nft is given; empty where it filters nothing. */
function firewallOf(network: NetworkDef): string {
  const host = hostNetworkOf(network, { uuid: network.uuid ?? '', activation: 1 });
  const plan = host && isMade(host) ? firewallPlanOf(host) : undefined;
  const answer = plan && nftRules(plan);
  if (answer?.type === 'refused') throw new LibvirtError('CONFIG_UNSUPPORTED', answer.reason, { path: '/network' });
  return answer?.text ?? '';
}
