/** Runs the suites in a directory of pairs: NAME.xml with NAME.out.xml, or with NAME.err, or with itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { judge, type Outcome, type Pair } from '@virtbus/libvirt-xml';
import { formats } from './documents.js';

/** Answers as `virtbus format` gives them, by the name of the suite's directory. */
const kinds: Readonly<Record<string, string>> = { 'domain-xml': 'domain', 'network-xml': 'network', 'network-port-xml': 'networkport' };

export interface SuiteResult {
  readonly suite: string;
  readonly outcomes: readonly { readonly name: string; readonly outcome: Outcome }[];
}

/** @param directory a suite, or a directory of suites; what is not one of ours is passed over. */
export function runCorpus(directory: string): readonly SuiteResult[] {
  const own = kinds[basename(directory)] ? [directory] : readdirSync(directory).map((name) => join(directory, name));
  return own.flatMap((path) => {
    const format = formats[kinds[basename(path)] ?? ''];
    if (!format) return [];
    const answer = (input: string) => (): string => format(input, { assumeQemu: false });
    const outcomes = pairsIn(path).map((pair) => ({ name: pair.name, outcome: judge(pair, [answer(pair.input)]) }));
    return [{ suite: basename(path), outcomes }];
  });
}

function pairsIn(directory: string): readonly Pair[] {
  const read = (name: string): string | undefined => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  const names = readdirSync(directory).flatMap((file) => (file.endsWith('.xml') && !file.endsWith('.out.xml') ? [file.slice(0, -4)] : []));
  return names.toSorted().map((name) => {
    const input = read(`${name}.xml`) ?? '';
    const refused = read(`${name}.err`) !== undefined;
    return { name, input, expected: refused ? undefined : (read(`${name}.out.xml`) ?? input) };
  });
}

/** One line a suite, and one for each pair that did not pass. */
export function formatReport(results: readonly SuiteResult[]): string {
  return results
    .flatMap(({ suite, outcomes }) => {
      const count = (type: Outcome['type']) => outcomes.filter(({ outcome }) => outcome.type === type).length;
      const summary = `${suite}: ${count('passed')} passed, ${count('failed')} failed, ${count('wronglyAccepted')} wrongly accepted`;
      const lines = outcomes.flatMap(({ name, outcome }) => {
        if (outcome.type === 'passed') return [];
        return [`  ${name}: ${outcome.type === 'failed' ? outcome.difference : 'wrongly accepted'}`];
      });
      return [summary, ...lines];
    })
    .map((line) => `${line}\n`)
    .join('');
}
