/** What no file of the project may hold, because it is true on one machine only. */
interface Banned {
  readonly pattern: RegExp;
  readonly message: string;
  /** Fixtures are other people's words: a path in them is not ours. */
  readonly fixturesMay: boolean;
}

const banned: readonly Banned[] = [
  {
    pattern: /\bregistry(?:-\d)?\.[\w-]+\.(?:org|com|io|dev)\b|\b(?:ghcr|quay)\.io\b/,
    message: "names a registry: the user's configuration says which one",
    fixturesMay: false,
  },
  { pattern: /"resolved": "https?:/, message: 'ties the lock file to a host', fixturesMay: false },
  {
    pattern: /\b(?:deb|security|snapshot|ftp\.\w+)\.debian\.org\b/,
    message: "names a mirror: the machine's configuration says which one",
    fixturesMay: false,
  },
  { pattern: /(?<![\w.~$}-])\/(?:home|Users|work|workspace)\/[\w.-]+/, message: 'names a path of one machine', fixturesMay: true },
];

export interface Finding {
  readonly line: number;
  readonly message: string;
}

const isFixture = (path: string): boolean => /(?:^|\/)fixtures\//.test(path);

/** Everything banned in one file, at most once a line and rule. */
export function findings(path: string, text: string): Finding[] {
  const rules = banned.filter((rule) => !(rule.fixturesMay && isFixture(path)));
  if (!rules.some((rule) => rule.pattern.test(text))) return [];
  return text
    .split('\n')
    .flatMap((content, index) => rules.filter((rule) => rule.pattern.test(content)).map(({ message }) => ({ line: index + 1, message })));
}
