import { expect, test } from 'vitest';
import { comesUp, decideAutostart, type AutostartFacts, type AutostartStep } from './autostart.js';

const domain = (uuid: string, heldBy?: string, autostart = true) => ({ uuid, autostart, heldBy });
const facts = (domains: AutostartFacts['domains'], alive: string[], settled: string[] = []): AutostartFacts => ({
  domains,
  alive: new Set(alive),
  settled: new Set(settled),
});
const none: AutostartStep = { start: [], runs: [], waiting: [] };

test.each<[string, AutostartFacts, Partial<AutostartStep>]>([
  ['a domain that does not run is started once there is a host', facts([domain('a')], ['h']), { start: ['a'] }],
  ['without any host it waits', facts([domain('a')], []), { waiting: ['a'] }],
  ['one that runs is let be', facts([domain('a', 'h')], ['h']), { runs: ['a'] }],
  ['one whose host is silent waits: unknown starts nothing', facts([domain('a', 'x')], ['h']), { waiting: ['a'] }],
  ['one without the flag is let be', facts([domain('a', undefined, false)], ['h']), {}],
  ['one that was seen to is not started again', facts([domain('a')], ['h'], ['a']), {}],
])('%s', (_, given, step) => expect(decideAutostart(given)).toEqual({ ...none, ...step }));

const now = new Date('2026-11-27T07:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
test.each<[string, Date[], boolean]>([
  ['no host has ever reported', [], true],
  ['all hosts have fallen silent', [ago(15), ago(3600)], true],
  ['one host still reports', [ago(14), ago(3600)], false],
])('when %s', (_, beats, up) => expect(comesUp(beats, now, 15_000)).toBe(up));
