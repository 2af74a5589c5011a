import { beforeEach, describe, expect, test } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { FleetError } from './fleet.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const definition = `<domain type='qemu'><name>web</name><uuid>${uuid}</uuid><title>old</title></domain>`;
const network = '<network><name>lab</name></network>';
const file = '/tmp/edited.xml';
const question = 'Failed. Try again? [y,n,f,?]: ';
let line: FakeCommandLine;

beforeEach(() => {
  line = new FakeCommandLine();
  line.fleet.state.defineDomain(definition);
  line.fleet.state.defineNetwork(network);
  Object.assign(line.surroundings.environment, { EDITOR: 'ed --wait', NO_COLOR: '1' });
});
const held = (): string => line.fleet.state.domain('web').xml;
const renamed = (text: string): string => text.replace('old', 'new');
const meanwhile = (text: string): string => {
  line.fleet.state.defineDomain(definition.replace('old', 'theirs'));
  return renamed(text);
};
const kept = () => line.surroundings.files.get(file);

test('what is edited is defined, out of a file that nobody else may read', async () => {
  line.surroundings.edits = [
    (text) => {
      expect(text).toBe(definition);
      return renamed(text);
    },
  ];
  expect(await line.answer('edit', 'web')).toEqual({ status: 0, out: "Domain 'web' XML configuration edited.\n\n", err: '' });
  expect([line.surroundings.ran, line.surroundings.modes.get(file), held(), kept()]).toEqual([
    [['ed', '--wait', file]],
    0o600,
    renamed(definition),
    undefined,
  ]);
  expect(line.fleet.sent).toMatchObject([{ name: 'defineDomain', payload: { revision: 3 } }]);
});

test.each([
  [{ VISUAL: 'code -w', EDITOR: 'ed' }, ['code', '-w', file]],
  [{ VISUAL: '', EDITOR: 'ed' }, ['ed', file]],
  [{ EDITOR: '' }, ['vi', file]],
  [{ EDITOR: "ed '; rm -r /'" }, ['ed', "';", 'rm', '-r', "/'", file]],
])('%j runs %j', async (environment, words) => {
  Object.assign(line.surroundings.environment, environment);
  await line.run('edit', 'web');
  expect(line.surroundings.ran).toEqual([words]);
});

test.each([
  [['edit', 'web'], "Domain 'web' XML configuration not changed."],
  [['net-edit', 'lab'], 'Network lab XML configuration not changed.'],
])('%j: what is left as it is, is not sent', async (words, said) => {
  expect(await line.answer(...words)).toEqual({ status: 0, out: `${said}\n\n`, err: '' });
  expect([line.fleet.sent, kept()]).toEqual([[], undefined]);
});

test('a network is edited', async () => {
  line.surroundings.edits = [(text) => text.replace('/name', '/name').replace('</network>', '<title/></network>')];
  expect((await line.answer('net-edit', 'lab')).out).toBe('Network lab XML configuration edited.\n\n');
  expect(line.fleet.sent).toMatchObject([{ name: 'defineNetwork', payload: { revision: 3 } }]);
});

test.each([
  ['edit', "error: failed to get domain 'no'\n"],
  ['net-edit', "error: failed to get network 'no'\nerror: Network not found: no network with matching name 'no'\n"],
])('%s of none opens no editor', async (command, err) => {
  expect(await line.answer(command, 'no')).toEqual({ status: 1, out: '\n', err });
  expect(line.surroundings.ran).toEqual([]);
});

test('an editor that fails changes nothing', async () => {
  line.surroundings.edits = [() => 7];
  expect((await line.answer('edit', 'web')).err).toBe("error: the editor 'ed' ended with status 7\n");
  line.surroundings.edits = [() => new Error('spawn ed ENOENT')];
  expect((await line.answer('edit', 'web')).err).toBe("error: cannot run the editor 'ed'\nerror: spawn ed ENOENT\n");
  expect([held(), kept()]).toEqual([definition, undefined]);
});

describe('a text that is refused', () => {
  const refused = 'error: internal error: no\n';
  beforeEach(() => {
    const { state } = line.fleet;
    const define = state.defineDomain.bind(state);
    state.defineDomain = (xml, revision) => {
      if (xml.includes('bad')) throw new FleetError('xml_error', 'internal error: no');
      return define(xml, revision);
    };
    line.surroundings.edits = [(text) => text.replace('old', 'bad')];
    line.surroundings.isTerminal = true;
  });

  test('is edited again until it is taken', async () => {
    line.surroundings.edits.push((text) => text.replace('bad', 'new'));
    line.surroundings.answers = ['?', 'maybe', ' Y '];
    const { status, err } = await line.answer('edit', 'web');
    expect([status, held(), kept()]).toEqual([0, renamed(definition), undefined]);
    expect(err).toContain('f - force, replace whatever the definition is now\n');
    expect(line.surroundings.asked).toEqual([question, question, question]);
  });

  test('is thrown away when it is said so', async () => {
    line.surroundings.answers = ['n'];
    const { status, err } = await line.answer('edit', 'web');
    expect([status, err]).toEqual([1, `${refused}error: Failed.\nerror: the changes were thrown away\n`]);
    expect([held(), kept()]).toEqual([definition, undefined]);
  });

  test('is kept when nobody answers', async () => {
    const { err } = await line.answer('edit', 'web');
    expect(err).toBe(`${refused}error: Failed.\nerror: the changes are kept in ${file}\n`);
    expect(kept()).toContain('bad');
  });

  test.each([[[]], [['--json']]])('is kept when nobody can be asked: %j', async (more) => {
    line.surroundings.isTerminal = more.length > 0;
    const { status, err } = await line.answer('edit', 'web', ...more);
    expect([status, err]).toEqual([1, expect.stringContaining(`the changes are kept in ${file}`)]);
    expect([line.surroundings.asked, kept()]).toEqual([[], expect.stringContaining('bad')]);
  });

  test('is kept when the editor fails the second time', async () => {
    line.surroundings.edits.push(() => 1);
    line.surroundings.answers = ['y'];
    expect((await line.answer('edit', 'web')).err).toContain(`the changes are kept in ${file}`);
  });
});

describe('a definition that somebody else has changed meanwhile', () => {
  beforeEach(() => {
    line.surroundings.edits = [meanwhile];
    line.surroundings.isTerminal = true;
  });

  test('is not replaced', async () => {
    line.surroundings.isTerminal = false;
    const { status, err } = await line.answer('edit', 'web');
    expect([status, err]).toEqual([
      1,
      `error: The XML configuration was changed by another user.\nerror: the changes are kept in ${file}\n`,
    ]);
    expect(held()).toContain('theirs');
  });

  test('is replaced by force', async () => {
    line.surroundings.answers = ['f'];
    expect((await line.answer('edit', 'web')).status).toBe(0);
    expect(held()).toContain('new');
  });

  test('is another matter than a text of something else', async () => {
    line.surroundings.isTerminal = false;
    const { state } = line.fleet;
    state.defineDomain = () => {
      throw new FleetError('revision_conflict', 'the object is at revision 0');
    };
    line.surroundings.edits = [renamed];
    expect((await line.answer('edit', 'web')).err).toContain("error: the text has another name or UUID than Domain 'web'\n");
  });
});
