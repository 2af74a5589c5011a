import { errorCodes, type ErrorName } from './error-codes.js';

/** Where in a document an error lies: the element's path, and its place in the text (both from 1). */
export interface ErrorPlace {
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
}

/** A refusal with libvirt's number. `code` is the contract; the words may change. */
export class LibvirtError extends Error {
  override readonly name = 'LibvirtError';
  readonly code: number;
  /** The name of `code`, such as `XML_ERROR`. */
  readonly codeName: ErrorName;
  /** libvirt's module number, when known. */
  readonly domain: number | undefined;
  readonly path: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(codeName: ErrorName, detail: string, where: ErrorPlace & { readonly domain?: number | undefined } = {}) {
    super(`${errorCodes[codeName].prefix}${detail}`);
    this.code = errorCodes[codeName].code;
    this.codeName = codeName;
    this.domain = where.domain;
    this.path = where.path;
    this.line = where.line;
    this.column = where.column;
  }
}
