/**
 * The same program in ASCII. A script with one character beyond Latin-1, though it be in a comment, is kept by V8 at two bytes for each of
 * its characters for as long as it runs: 3 MB more. esbuild escapes strings by itself, but neither regular expressions nor comments.
 */
export const oneByte = (code: string): string =>
  code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
