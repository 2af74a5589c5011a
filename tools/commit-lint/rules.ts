export interface Commit {
  readonly hash: string;
  /** The whole message: subject, empty line, body. */
  readonly message: string;
}

const SUBJECT_LIMIT = 72;
const SCOPED = /^[a-z][a-z0-9-]*(?:, [a-z][a-z0-9-]*)*: (?<said>\S.*)$/;
/** Git writes these itself. */
const OF_GIT = /^(?:Merge |Revert "|fixup! |squash! )/;
/** Verbs that end like a past or a gerund and are neither. */
const PLAIN_VERBS = new Set([
  'bring',
  'embed',
  'exceed',
  'feed',
  'need',
  'proceed',
  'ring',
  'seed',
  'shed',
  'speed',
  'spring',
  'string',
  'succeed',
]);
const TRAILER = /^[A-Za-z-]+: \S/;

const isImperative = (verb: string): boolean => PLAIN_VERBS.has(verb) || !/(?:ed|ing)$/.test(verb);

function checkSubject(subject: string): string[] {
  const said = SCOPED.exec(subject)?.groups?.['said'];
  if (said === undefined) return ['the subject is "scope: what it does", the scope in lower case'];
  const [verb = ''] = said.split(' ', 1);
  return [
    ...(subject.length > SUBJECT_LIMIT ? [`the subject has ${subject.length} characters, the limit is ${SUBJECT_LIMIT}`] : []),
    ...(/^[A-Z][a-z]/.test(said) ? ['the subject goes on in lower case after its scope'] : []),
    ...(subject.endsWith('.') ? ['the subject ends without a full stop'] : []),
    ...(isImperative(verb) ? [] : [`the subject is imperative, not "${verb}"`]),
  ];
}

function checkBody(separator: string | undefined, body: readonly string[]): string[] {
  if (separator !== undefined && separator !== '') return ['an empty line parts subject and body'];
  return body.some((line) => line.trim() !== '' && !TRAILER.test(line)) ? [] : ['the body says why, and how it was checked'];
}

/** What is wrong with a commit's message, a line each. See CONTRIBUTING.md, "Commits". */
export function check({ message }: Commit): string[] {
  const [subject = '', separator, ...body] = message.trimEnd().split('\n');
  return OF_GIT.test(subject) ? [] : [...checkSubject(subject), ...checkBody(separator, body)];
}
