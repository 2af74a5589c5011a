import type { Contract } from '../contract.js';
import { streams, type StreamShape } from '../streams.js';

/** A name for the contract that has neither version nor tokens: `cmd.domain.start`, `host.cmd.domain.start`, `virtbus_ports`. */
export const idOf = (contract: Contract): string =>
  contract.kind === 'bucket'
    ? contract.bucket
    : contract.subject
        .replace(/^virtbus\.v1\./, '')
        .split('.')
        .filter((token) => !token.startsWith('{'))
        .join('.');

/** Where in messages.md the contract stands. */
export const anchorOf = (contract: Contract): string => idOf(contract).replaceAll('.', '-');

/** The subject template on which the contract's messages travel; a bucket's are those of a stream named after it (NATS ADR-8). */
export const subjectTemplateOf = (contract: Contract): string =>
  contract.kind === 'bucket' ? `$KV.${contract.bucket}.${contract.subject}` : contract.subject;

export const tokenNamesOf = (template: string): string[] => [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

/** Every token of a template as NATS's wildcard for one token. */
export const widened = (template: string): string => template.replaceAll(/\{\w+\}/g, '*');

/** The stream that keeps the contract's messages; a request's are kept by none, a bucket's by one of their own. */
export function streamNameOf(contract: Contract): string | undefined {
  if (contract.kind === 'bucket') return `KV_${contract.bucket}`;
  const all: readonly StreamShape[] = Object.values(streams);
  return all.find((stream) => stream.subjects.some((pattern) => covers(pattern, contract.subject)))?.name;
}

function covers(pattern: string, subject: string): boolean {
  const parts = subject.split('.');
  return pattern
    .split('.')
    .every((token, index) => token === '>' || token === parts[index] || (token === '*' && parts[index] !== undefined));
}
