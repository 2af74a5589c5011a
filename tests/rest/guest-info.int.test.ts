/** What the command line makes of an agent's answers, next to what Debian's virsh makes of the same ones. */
import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { RunningApi } from '@virtbus/api';
import { eventually } from '@virtbus/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectBus } from '../../apps/virtbus/src/cli/bus-fleet.js';
import { FakeSurroundings } from '../../apps/virtbus/src/cli/fake/fake-surroundings.js';
import type { Fleet } from '../../apps/virtbus/src/cli/fleet.js';
import { connectRest } from '../../apps/virtbus/src/cli/rest-fleet.js';
import { runCommandLine } from '../../apps/virtbus/src/cli/run.js';
import { agentAnswers, domainXml, RestFleet } from './rest-fleet.js';

const installed = spawnSync('virsh', ['--version']).status === 0;

describe.skipIf(!installed)('guestinfo', () => {
  let fleet: RestFleet;
  let gateway: RunningApi;
  let ways: readonly (() => Promise<Fleet>)[];
  const uuid = randomUUID();
  const virsh = (...words: readonly string[]): Promise<string> =>
    new Promise((resolve) => {
      const uri = `qemu+unix:///system?socket=${join(fleet.directory, 'libvirt-sock')}`;
      execFile('virsh', ['-c', uri, ...words], { timeout: 20_000 }, (_, out, complaint) => resolve(`${out}${complaint}`));
    });

  beforeAll(async () => {
    fleet = await RestFleet.start();
    gateway = await fleet.another(join(fleet.directory, 'libvirt-sock'));
    ways = [
      () => connectBus(fleet.nats.url, { environment: {}, uid: 1000 }),
      () => connectRest({ urls: [`unix:${fleet.socket}`], token: undefined, origin: 'given' }),
    ];
    await fleet.call('POST /v1/domains', { body: domainXml('web', '', uuid) });
    await fleet.run(uuid, 'web');
    await eventually(async () => (await virsh('domstate', 'web')).includes('running'));
    const users = [{ user: 'root', 'login-time': 1_763_716_247.476, domain: 'D' }, { user: '\u001b[2J' }];
    agentAnswers.set('guest-get-users', { return: users });
    agentAnswers.set('guest-get-osinfo', { return: { id: 'debian', name: 'Debian', 'version-id': '12', 'kernel-release': '6.1' } });
    agentAnswers.set('guest-get-timezone', { return: { offset: -3600, zone: 'CET' } });
    agentAnswers.set('guest-get-host-name', { error: { class: 'GenericError', desc: 'none' } });
    agentAnswers.set('guest-get-fsinfo', { return: [{ mountpoint: '/', name: 'vda1', type: 'ext4', disk: [] }, 'nonsense'] });
  });
  afterAll(async () => {
    agentAnswers.clear();
    await gateway?.close();
    await fleet?.stop();
  });

  test.each([[[]], [['--user']], [['--os', '--timezone']], [['--hostname']], [['--hostname', '--filesystem']], [['--disk']]])(
    'with %j is what virsh shows',
    async (options) => {
      const theirs = (await virsh('guestinfo', 'web', ...options)).replaceAll('\u001b', String.raw`\x1b`);
      for (const connect of ways) {
        const surroundings = new FakeSurroundings();
        await runCommandLine(['guestinfo', 'web', ...options], surroundings, connect);
        expect(`${surroundings.written}${surroundings.complained}`).toBe(theirs);
      }
    },
  );
});
