import { own } from './core/own.js';
import type { Context } from './context.js';
import { Failure } from './failure.js';

/** As much XML as the fleet takes. */
export const MAX_XML_BYTES = 1024 * 1024;

const OPENING: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  ENOTDIR: 'Not a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
};
const READING: Readonly<Record<string, string>> = {
  EISDIR: 'Is a directory',
  EFBIG: `it holds more than ${MAX_XML_BYTES} bytes`,
};

const codeOf = (thrown: unknown): string => (thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '');

/** Reads XML from a file, or from standard input when the name is `-`. */
export async function readXml({ surroundings }: Context, file: string): Promise<string> {
  try {
    return await surroundings.readFile(file, MAX_XML_BYTES);
  } catch (error) {
    const opening = own(OPENING, codeOf(error));
    if (opening !== undefined) throw new Failure([`Failed to open file '${file}': ${opening}`], 'file_unreadable');
    const reason = own(READING, codeOf(error)) ?? (error instanceof Error ? error.message : String(error));
    throw new Failure([`Failed to read file '${file}': ${reason}`], 'file_unreadable');
  }
}
