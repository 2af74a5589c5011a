/** The same definitions through Debian's libvirtd: its verdict, and the document that it keeps. All of them with VIRTBUS_COMPARE=all. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { assignDefaults, formatDomain, parseDomain } from '@virtbus/libvirt-xml';
import { TestLibvirtd } from '@virtbus/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentOf, parseCompared, type ComparedDefinition } from './corpus/compared-definitions.js';
import { referenceCapabilities } from './reference/reference-capabilities.js';

const folder = fileURLToPath(new URL('../fixtures/compared/', import.meta.url));
const kinds = (await readdir(folder)).map((file) => file.replace('.jsonl', ''));

/** Each takes some hundredths of a second: one of three unless all are asked for. */
const step = process.env['VIRTBUS_COMPARE'] === 'all' ? 1 : 3;

/** KVM is not there for libvirtd; what needs it was compared where it was. */
async function definitionsOf(kind: string): Promise<readonly ComparedDefinition[]> {
  const all = parseCompared(await readFile(join(folder, `${kind}.jsonl`), 'utf8'));
  return all.filter(({ type }, index) => type === undefined && index % step === 0);
}

/** The words that libvirt puts before the detail of an error, by its number. The others say only that. */
const prefixes: Readonly<Record<number, string>> = {
  1: 'internal error: ',
  8: 'invalid argument: ',
  27: 'XML error: ',
  67: 'unsupported configuration: ',
  74: 'argument unsupported: ',
};

const linesOf = (xml: string): readonly string[] => xml.trim().split(/\s*\n/);

describe.skipIf(!TestLibvirtd.isInstalled())("libvirt's own verdict", () => {
  let libvirtd: TestLibvirtd;
  beforeAll(async () => {
    libvirtd = await TestLibvirtd.start();
    await mkdir(join(libvirtd.directory, 'compared'));
  });
  afterAll(() => libvirtd.stop());

  async function defined(given: ComparedDefinition): Promise<{ readonly xml: string } | { readonly error: string }> {
    const file = join(libvirtd.directory, 'compared/domain.xml');
    await writeFile(file, documentOf(given));
    const { status, stderr } = libvirtd.ask(['-q', 'define', file]);
    if (status !== 0) return { error: stderr.replace(/^error: Failed to define.*\n/m, '').replace(/^error: /m, '') };
    const xml = libvirtd.virsh('dumpxml', '--inactive', 'g');
    libvirtd.virsh('undefine', '--nvram', 'g');
    return { xml };
  }

  test.each(kinds)('%s', async (kind) => {
    for (const given of await definitionsOf(kind)) {
      const answer = await defined(given);
      if (given.refused !== undefined) {
        expect(answer, given.name).toEqual({ error: expect.stringContaining(prefixes[given.refused] ?? '') });
        continue;
      }
      const ours = formatDomain(assignDefaults(parseDomain(documentOf(given)), referenceCapabilities));
      expect('xml' in answer ? linesOf(answer.xml) : answer, given.name).toEqual(linesOf(ours));
    }
  });
});
