import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processSurroundings } from './process-surroundings.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbus-terminal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program on a terminal of its own (script, of Debian's bsdutils), and tells how it has left that terminal. */
function onTerminal(program: string): { readonly said: string; readonly settings: string } {
  const file = join(folder, 'program.mts');
  const source = JSON.stringify(join(import.meta.dirname, 'process-surroundings.ts'));
  writeFileSync(file, `import { processSurroundings } from ${source};\nconst here = processSurroundings();\n${program}\n`);
  const command = `stty sane; '${process.execPath}' --no-warnings '${file}'; echo END; stty -a`;
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8', input: '', timeout: 20_000 });
  const [said = '', settings = ''] = stdout.split('END');
  return { said, settings };
}

const TAKE = "here.keyboard.takeOver(() => {}); console.log('raw:' + process.stdin.isRaw);";

test.each([
  ['it is given back', `${TAKE} here.keyboard.giveBack(); here.keyboard.giveBack();`],
  ['the program throws', `${TAKE} setTimeout(() => { throw new Error('oops'); }, 20);`],
  ['the program ends without a thought', `${TAKE} setTimeout(() => process.exit(3), 20);`],
  [
    'it is told to end',
    `${TAKE} here.onInterrupt(() => here.keyboard.giveBack()); setTimeout(() => process.kill(process.pid, 'SIGTERM'), 20);`,
  ],
  [
    'the terminal hangs up',
    `${TAKE} here.onInterrupt(() => here.keyboard.giveBack()); setTimeout(() => process.kill(process.pid, 'SIGHUP'), 20);`,
  ],
])('the terminal is as before when %s', (_, program) => {
  const { said, settings } = onTerminal(program);
  expect(said).toContain('raw:true');
  expect(settings).toMatch(/ icanon /);
  expect(settings).toMatch(/ echo /);
});

test('a terminal that nobody gives back would be seen', () => {
  expect(onTerminal("process.stdin.setRawMode(true); process.kill(process.pid, 'SIGKILL');").settings).toMatch(/ -icanon /);
});

test('files are read whole, up to a limit', async () => {
  const file = join(folder, 'web.xml');
  writeFileSync(file, 'x'.repeat(100_000) + 'ü');
  const here = processSurroundings();
  expect(await here.readFile(file, 100_002)).toHaveLength(100_001);
  await expect(here.readFile(file, 100_001)).rejects.toMatchObject({ code: 'EFBIG' });
  await expect(here.readFile(join(folder, 'none'), 1)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(here.readFile(folder, 1)).rejects.toMatchObject({ code: 'EISDIR' });
});

test('files are written with the directories above them, and removed again', async () => {
  const file = join(folder, 'a/b/web.args');
  const here = processSurroundings();
  await here.writeFile(file, 'x');
  await here.writeFile(file, 'y');
  expect(await here.readFile(file, 1)).toBe('y');
  await here.removeFile(file);
  await here.removeFile(file);
  await expect(here.readFile(file, 1)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(here.writeFile(folder, '')).rejects.toMatchObject({ code: 'EISDIR' });
});

describe('a file that comes to be', () => {
  const here = processSurroundings();
  const bytes = Buffer.alloc(100_000, 'x');

  test('has its name once all of it is there, and the permissions and links of the one before', async () => {
    const [file, link] = [join(folder, 'disk'), join(folder, 'link')];
    writeFileSync(file, 'old');
    chmodSync(file, 0o640);
    symlinkSync('disk', link);
    const target = await here.createTarget(link);
    await target.write(bytes);
    await target.write(bytes);
    expect(readFileSync(file, 'utf8')).toBe('old');
    await target.keep();
    await target.drop();
    expect([statSync(link).size, statSync(file).mode & 0o777, readdirSync(folder).toSorted()]).toEqual([
      2 * bytes.length,
      0o640,
      ['disk', 'link'],
    ]);
  });

  test('leaves nothing when it is given up', async () => {
    const target = await here.createTarget(join(folder, 'disk'));
    await target.write(bytes);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.disk\.\w+\.part$/)]);
    await target.drop();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is refused where there can be none', async () => {
    await expect(here.createTarget(folder)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(here.createTarget(join(folder, 'none/disk'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('may be a device', async () => {
    const target = await here.createTarget('/dev/null');
    await target.write(bytes);
    await target.keep();
    await target.drop();
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});

test('a large file is read in pieces', async () => {
  const file = join(folder, 'disk');
  writeFileSync(file, Buffer.alloc(1_500_000, 'y'));
  const here = processSurroundings();
  const source = await here.openSource(file);
  const lengths: number[] = [];
  for await (const piece of source.pieces) lengths.push(piece.length);
  await source.close();
  expect([source.sizeBytes, Math.max(...lengths), lengths.reduce((sum, one) => sum + one, 0)]).toEqual([1_500_000, 524_288, 1_500_000]);
  await expect(here.openSource(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
