/** Runs directories of pairs: the suites of documents, that of command lines, and those of networks. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runCorpus, type SuiteResult } from './document-suites.js';
import { judgeCase, parseArgsFile, type ArgvCase, type CaseOutcome } from '@virtbus/qemu-argv';
import { commandLineOf } from './documents.js';
import { runNetworkSuites } from './network-suites.js';

const ARGV_SUITE = 'domain-argv';

/** @param directory one suite, or a directory of suites; what is none of ours is passed over. */
export function runSuites(directory: string): readonly SuiteResult[] {
  const argv = basename(directory) === ARGV_SUITE ? directory : join(directory, ARGV_SUITE);
  return [...runCorpus(directory), ...(existsSync(argv) ? [runArgvSuite(argv)] : []), ...runNetworkSuites(directory)];
}

function runArgvSuite(directory: string): SuiteResult {
  const outcomes = casesIn(directory).map((one) => ({
    name: one.name,
    outcome: outcomeOf(judgeCase(one, (xml) => parseArgsFile(commandLineOf(xml)))),
  }));
  return { suite: ARGV_SUITE, outcomes };
}

function casesIn(directory: string): readonly ArgvCase[] {
  const read = (name: string): string | undefined => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  const names = readdirSync(directory).flatMap((file) => (file.endsWith('.xml') ? [basename(file, '.xml')] : []));
  return names.toSorted().map((name) => {
    const [args, err] = [read(`${name}.args`), read(`${name}.err`)];
    return { name, xml: read(`${name}.xml`) ?? '', ...(args !== undefined && { args }), ...(err !== undefined && { err }) };
  });
}

function outcomeOf(outcome: CaseOutcome): SuiteResult['outcomes'][number]['outcome'] {
  switch (outcome.type) {
    case 'passed':
      return outcome;
    case 'wrongly_accepted':
      return { type: 'wronglyAccepted' };
    case 'refused':
      return { type: 'failed', difference: `refused: ${outcome.reason}` };
    case 'different': {
      const { expected = 'the end', actual = 'the end' } = outcome.difference;
      return { type: 'failed', difference: `expected ${expected}, got ${actual}` };
    }
  }
}
