import type { ErrorName } from '../errors/error-codes.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { pathOf, type XmlElement } from '../syntax/xml-node.js';

/** What an error is about: an element, or one of its attributes. */
export interface Place {
  readonly element: XmlElement;
  readonly attribute?: string;
}

/** A refusal at a place. `domain` is libvirt's module number; the domain configuration's unless given. */
export function fault(at: Place, code: ErrorName, detail: string, domain = 20): LibvirtError {
  const { element, attribute } = at;
  const path = attribute === undefined ? pathOf(element) : `${pathOf(element)}/@${attribute}`;
  return new LibvirtError(code, detail, { domain, path, line: element.line, column: element.column });
}

/** XML error (27). */
export const xmlError = (at: Place, detail: string, domain?: number): LibvirtError => fault(at, 'XML_ERROR', detail, domain);

/** Unsupported configuration (67). */
export const unsupported = (at: Place, detail: string, domain?: number): LibvirtError => fault(at, 'CONFIG_UNSUPPORTED', detail, domain);
