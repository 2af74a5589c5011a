import { beforeEach, expect, test } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';

let line: FakeCommandLine;
const binding = {
  hostId: 'host-a',
  portDev: 'vnet0',
  filter: 'mine',
  mac: '52:54:00:12:34:56',
  domain: 'c7a5fdbd-edaf-9455-926a-d65c16db1809',
  domainName: 'demo',
};
const xml = "<filter name='mine' chain='root'>\n</filter>\n";

beforeEach(() => {
  line = new FakeCommandLine();
  line.fleet.filters.set('mine', { uuid: '5c6d49af-b071-6127-b4ec-6f8ed4b55335', xml });
  line.fleet.bindings = [binding];
});

test.each<[string, string[], string]>([
  [
    'filters',
    ['nwfilter-list'],
    ' UUID                                   Name\n----------------------------------------------\n 5c6d49af-b071-6127-b4ec-6f8ed4b55335   mine\n\n',
  ],
  ['bindings', ['nwfilter-binding-list'], ' Port Dev   Filter\n--------------------\n vnet0      mine\n\n'],
  ['a filter', ['nwfilter-dumpxml', 'mine'], `${xml}\n`],
  ['a binding', ['nwfilter-binding-dumpxml', 'vnet0'], "<filterbinding>\n  <portdev name='vnet0'/>\n</filterbinding>\n\n"],
  ['bindings to programs', ['--json', 'nwfilter-binding-list'], `${JSON.stringify([binding], undefined, 2)}\n`],
])('shows %s', async (_, words, out) => expect(await line.answer(...words)).toEqual({ status: 0, out, err: '' }));

test('undefines a filter that nobody has', async () => {
  line.fleet.bindings = [];
  expect(await line.answer('nwfilter-undefine', 'mine')).toMatchObject({ status: 0, out: 'Network filter mine undefined\n\n' });
  expect(line.fleet.sent).toMatchObject([{ name: 'undefineNwfilter', payload: { filter: 'mine' } }]);
});

test('puts a filter on a link, and takes it off', async () => {
  line.surroundings.files.set('b.xml', "<filterbinding><portdev name='veth0'/><filterref filter='mine'/></filterbinding>");
  const made = await line.answer('nwfilter-binding-create', 'b.xml', '--host', 'host-b');
  expect(made).toEqual({ status: 0, out: 'Network filter binding on veth0 created from b.xml\n\n', err: '' });
  const gone = await line.answer('--json', 'nwfilter-binding-delete', 'veth0', '--host', 'host-b');
  expect([gone.status, JSON.parse(gone.out)]).toEqual([0, { hostId: 'host-b', portDev: 'veth0', filter: 'mine' }]);
  expect(line.fleet.sent).toMatchObject([
    { name: 'createNwfilterBinding', payload: { hostId: 'host-b' } },
    { name: 'deleteNwfilterBinding', payload: { portDev: 'veth0', hostId: 'host-b' } },
  ]);
});

test('says why a link is not given a filter', async () => {
  line.surroundings.files.set('b.xml', "<filterbinding><portdev name='vnet0'/></filterbinding>");
  const { status, err } = await line.answer('nwfilter-binding-create', 'b.xml');
  expect([status, err.trimEnd()]).toEqual([
    1,
    "error: Failed to create network filter from b.xml\nerror: operation failed: binding 'vnet0' already exists",
  ]);
});

test.each<[string[], string]>([
  [
    ['nwfilter-binding-delete', 'vnet9'],
    "error: failed to get nwfilter binding 'vnet9'\nerror: Network filter binding not found: no nwfilter binding for port dev 'vnet9'\n",
  ],
  [
    ['nwfilter-binding-delete', 'vnet0'],
    "error: Failed to delete network filter binding on vnet0\nerror: Requested operation is not valid: the filter of 'vnet0' is that of a domain's interface\n",
  ],
  [
    ['nwfilter-undefine', 'mine'],
    'error: Failed to undefine network filter mine\nerror: Requested operation is not valid: nwfilter is in use\n',
  ],
  [
    ['nwfilter-undefine', 'no'],
    "error: failed to get nwfilter 'no'\nerror: Network filter not found: no nwfilter with matching name 'no'\n",
  ],
  [
    ['nwfilter-dumpxml', 'no'],
    "error: failed to get nwfilter 'no'\nerror: Network filter not found: no nwfilter with matching name 'no'\n",
  ],
  [
    ['nwfilter-binding-dumpxml', 'vnet9'],
    "error: failed to get nwfilter binding 'vnet9'\nerror: Network filter binding not found: no nwfilter binding for port dev 'vnet9'\n",
  ],
])('%s is refused in virsh words', async (words, err) => {
  const answer = await line.answer(...words);
  expect([answer.status, answer.err.trimEnd()]).toEqual([1, err.trimEnd()]);
});
