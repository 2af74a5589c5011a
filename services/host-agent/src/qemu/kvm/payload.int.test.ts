import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probeFirmware } from './payload-table.js';

const hasAssembler = ['as', 'objcopy'].every((tool) => spawnSync(tool, ['--version']).status === 0);

test.skipIf(!hasAssembler)('the table is what payload.S assembles to', () => {
  const directory = mkdtempSync(join(tmpdir(), 'payload-'));
  const [object, image] = [join(directory, 'o'), join(directory, 'image')];
  try {
    expect(spawnSync('as', ['--64', join(import.meta.dirname, 'payload.S'), '-o', object]).status).toBe(0);
    expect(spawnSync('objcopy', ['-O', 'binary', '-j', '.text', object, image]).status).toBe(0);
    expect(readFileSync(image).equals(probeFirmware())).toBe(true);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
