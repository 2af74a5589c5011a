import { expect, test } from 'vitest';
import { findings } from './findings.ts';

/** The banned words are put together here, so that this file does not hold them. */
const registry = ['registry', 'npmjs', 'org'].join('.');
const scheme = ['https', ''].join(':');
const mirror = ['deb', 'debian', 'org'].join('.');
const home = ['', 'home', 'ada', 'virtbus'].join('/');

test.each<[sentence: string, path: string, text: string, lines: number[]]>([
  ['a registry', '.npmrc', `fund=false\nregistry=https://${registry}/`, [2]],
  ['any host in a lock file', 'package-lock.json', `"resolved": "${scheme}//mirror.example/a.tgz"`, [1]],
  ['a registry of images', 'Dockerfile', `FROM ${['ghcr', 'io'].join('.')}/a`, [1]],
  ['a mirror of packages', 'tools/setup', `curl http://${mirror}/debian`, [1]],
  ['a path of a developer', 'README.md', `cd ${home}`, [1]],
  ['each line once', 'README.md', `${home} ${home}\n\n${home}`, [1, 3]],
  ['a registry in a fixture', 'libs/a/src/fixtures/a.json', registry, [1]],
])('finds %s', (_sentence, path, text, lines) => expect(findings(path, text).map((finding) => finding.line)).toEqual(lines));

test.each<[sentence: string, path: string, text: string]>([
  ['a path of a developer in a fixture', 'libs/a/src/fixtures/a.xml', `<source file='${home}'/>`],
  ['a path below a variable', 'tools/setup', `cp "$root${home}" .`],
  ['a path of the system', 'tools/setup', '/usr/sbin/nats-server'],
  ['the name of a Debian package', 'README.md', 'apt-get install docker.io'],
])('lets %s be', (_sentence, path, text) => expect(findings(path, text)).toEqual([]));
