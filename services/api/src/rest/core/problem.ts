import { errors, type ErrorBody, type ErrorCode } from '@virtbus/contracts';

/** RFC 9457, with what virtbus knows beside it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** What was called. */
  readonly instance: string;
  readonly code: ErrorCode;
  /** libvirt's error number and module. */
  readonly libvirt: { readonly code: number; readonly domain: number };
  readonly fault: string;
  /** Whether the same call may do better later. */
  readonly retry: boolean;
  /** Where in the body or in the XML. */
  readonly path?: string;
  /** The command that has ended so. */
  readonly operation?: string;
}

export function problemOf({ code, message, libvirt, domain, path }: ErrorBody, instance: string, operation?: string): Problem {
  const { doc, status, fault, retry } = errors[code];
  return {
    type: `urn:virtbus:error:${code}`,
    title: doc,
    status,
    detail: message,
    instance,
    code,
    libvirt: { code: libvirt, domain },
    fault,
    retry,
    ...(path === undefined ? {} : { path }),
    ...(operation === undefined ? {} : { operation }),
  };
}
