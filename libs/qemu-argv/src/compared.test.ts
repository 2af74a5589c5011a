/** What libvirt refused is refused, with its number; what it accepted is accepted, and leads to a command line or to a refusal in words. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assignDefaults, formatDomain, LibvirtError, parseDomain, validateDomain, type DomainDef } from '@virtbus/libvirt-xml';
import { describe, expect, test } from 'vitest';
import { documentOf, parseCompared, type ComparedDefinition } from './corpus/compared-definitions.js';
import { referenceCapabilities } from './reference/reference-capabilities.js';
import { referenceCommandLine } from './reference/reference-command-line.js';

const folder = fileURLToPath(new URL('../fixtures/compared/', import.meta.url));
const kinds = readdirSync(folder).map(
  (file) => [basename(file, '.jsonl'), parseCompared(readFileSync(`${folder}${file}`, 'utf8'))] as const,
);

function define(xml: string): DomainDef {
  const domain = assignDefaults(parseDomain(xml), referenceCapabilities);
  validateDomain(domain, referenceCapabilities);
  return domain;
}

/** `undefined` when it is accepted. */
function refusalOf(act: () => unknown): Pick<ComparedDefinition, 'refused' | 'path'> | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    return { refused: error.code, path: error.path ?? '' };
  }
}

describe.each(kinds)('%s', (_, definitions) => {
  const refused = definitions.filter((one) => one.refused !== undefined);
  const accepted = definitions.filter((one) => one.refused === undefined);

  test('what libvirt refuses is refused with its number', () => {
    const verdicts = refused.map((one) => ({ name: one.name, ...refusalOf(() => define(documentOf(one))) }));
    expect(verdicts).toEqual(refused.map(({ name, refused: code, path }) => ({ name, refused: code, path })));
  });

  test('what libvirt accepts is accepted', () => {
    const verdicts = accepted.map((one) => ({ name: one.name, ...refusalOf(() => define(documentOf(one))) }));
    expect(verdicts).toEqual(accepted.map(({ name }) => ({ name })));
  });

  test('what is accepted is written the same a second time', () => {
    for (const one of accepted) {
      const once = formatDomain(parseDomain(formatDomain(define(documentOf(one)))));
      expect(formatDomain(parseDomain(once)), one.name).toBe(once);
    }
  });

  test('what was once filled in stays when it is defined again, but for the order of controllers', () => {
    for (const one of accepted) {
      const once = formatDomain(define(documentOf(one)));
      expect(formatDomain(define(once)).split('\n').toSorted(), one.name).toEqual(once.split('\n').toSorted());
    }
  });

  test('a command line, or a refusal, comes of what is accepted', () => {
    for (const one of accepted) {
      const domain = define(documentOf(one));
      const refusal = refusalOf(() => referenceCommandLine(domain));
      if (refusal) expect(refusal.path, one.name).toMatch(/^\/domain/);
    }
  });
});
