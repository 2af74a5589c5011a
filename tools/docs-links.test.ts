import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const pages = globSync('{*.md,docs/**/*.md,{libs,services,apps}/*/README.md,examples/**/*.md,tools/**/*.md}', { cwd: root }).toSorted();
const topLevel = new Set(globSync('{*,.ci,.cache}', { cwd: root }));
const scripts = Object.keys((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts);
const sources = globSync('{libs,services,apps,tools,tests,examples,docs}/**/*', {
  cwd: root,
  exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path),
});

interface Page {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** What of a page points at something that is not there. */
const broken = (page: Page): string[] => [...brokenLinks(page), ...brokenNames(page)];

const withoutBlocks = (text: string): string => text.replaceAll(/^```[^]*?^```$/gm, '');
const withoutCode = (text: string): string => withoutBlocks(text).replaceAll(/`[^`\n]*`/g, 'code');

function brokenLinks({ path, text }: Page): string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const goal = file === '' ? path : relative(root, resolve(root, dirname(path), decodeURI(file)));
      if (!existsSync(join(root, goal))) return true;
      if (anchor === undefined) return false;
      return !anchorsOf(file === '' ? text : readFileSync(join(root, goal), 'utf8')).has(anchor);
    });
}

/** As GitHub makes them of headings, and those that are written out. */
function anchorsOf(text: string): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
  const slugs = headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
  return new Set([...slugs, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)]);
}

/** Paths and commands of ours in backticks. What a command writes or a user chooses is not ours. */
function brokenNames({ path, text }: Page): string[] {
  const names = [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name);
  const lines = [...text.matchAll(/^(?:npm|npx virtbus) .+$/gm)].map(([line]) => line);
  return [...names, ...lines].filter((name) => !commandExists(name) || (looksLikePath(name) && !pathExists(name, path)));
}

const looksLikePath = (name: string): boolean => {
  if (/[\s<>$@:=|]/.test(name) || name.startsWith('/')) return false;
  const [first = '', ...rest] = name.split('/');
  return rest.length > 0 ? topLevel.has(first) : /^[\w*.{},-]+\.(?:ts|md|mjs|py|sh|json|yml)$/.test(name);
};

/** From the root, beside the page, or, for a bare file name, anywhere. What a build makes is there only after it. */
function pathExists(name: string, page: string): boolean {
  if (/(?:^|\/)(?:dist|\.cache)\//.test(name)) return true;
  const patterns = [join(root, name), join(root, dirname(page), name)];
  if (patterns.some((pattern) => globSync(pattern).length > 0)) return true;
  // `.test.ts` is the end of a name, `filters.ts` a whole one.
  const start = name.startsWith('.') ? '' : '(?:^|/)';
  const ending = new RegExp(`${start}${name.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
  return !name.includes('/') && sources.some((file) => ending.test(file));
}

/** `npm run x`, `npm test`, `npx virtbus x`, `virtbus x`: the script or the verb exists. */
function commandExists(name: string): boolean {
  const script = /^npm (?:run )?(?<script>[\w-]+)/.exec(name)?.groups?.['script'];
  if (script !== undefined) return scripts.includes(script) || ['ci', 'install'].includes(script);
  const verb = /^(?:npx )?virtbus (?<verb>[a-z][\w-]*)/.exec(name)?.groups?.['verb'];
  return verb === undefined || ['cli/commands', 'offline'].some((place) => existsSync(join(root, `apps/virtbus/src/${place}/${verb}.ts`)));
}

test('there are pages to check', () => expect(pages).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'])));

test.each(pages)('%s points at nothing that is not there', (path) => {
  expect(statSync(join(root, path)).size).toBeGreaterThan(0);
  expect(broken({ path, text: readFileSync(join(root, path), 'utf8') })).toEqual([]);
});

test.each<[sentence: string, text: string, found: string[]]>([
  ['a link to a file', '[a](README.md) [b](docs/nope.md)', ['docs/nope.md']],
  ['a link to a heading', '# One `two`, three\n[a](#one-two-three) [b](#four)', ['#four']],
  ['a link to a written anchor', '<a id="x"></a> [a](#x) [b](#y)', ['#y']],
  ["a link to another page's anchor", '[a](README.md#try-it) [b](README.md#nope)', ['README.md#nope']],
  ['a path', '`tools/tree/main.ts` and `tools/tree/nope.ts`', ['tools/tree/nope.ts']],
  ['a path with wildcards', '`services/*/src/core` and `services/*/src/nope`', ['services/*/src/nope']],
  ['the bare name of a file', '`filters.ts` and `nope.ts`', ['nope.ts']],
  ['the ending of a name', '`.int.test.ts` and `.nope.test.ts`', ['.nope.test.ts']],
  ['a script of npm', '`npm run docs`, `npm test` and `npm run nope`', ['npm run nope']],
  ['a command of virtbus', '`virtbus list --all` and `npx virtbus nope`', ['npx virtbus nope']],
  ['nothing in a block', '```\n[b](nope.md) `nope.ts`\n```\n', []],
  ['but a command in a block', '```\nnpm run nope\nnpx virtbus list # all\n```\n', ['npm run nope']],
  ['nothing that is elsewhere', '[a](https://example.com/x) `/etc/hosts` `virtbus.v1.cmd.>`', []],
])('of what is missing it finds %s', (_, text, found) => expect(broken({ path: 'README.md', text })).toEqual(found));
