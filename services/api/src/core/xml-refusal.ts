import { Refusal, type ErrorCode } from '@virtbus/contracts';
import { LibvirtError } from '@virtbus/libvirt-xml';

const codes: Readonly<Record<number, ErrorCode>> = {
  8: 'invalid_argument',
  9: 'operation_failed',
  21: 'missing_name',
  27: 'xml_error',
  35: 'xml_detail',
  55: 'operation_invalid',
  67: 'config_unsupported',
  84: 'operation_unsupported',
  99: 'no_device',
};

/** Runs what reads a user's XML: its refusals keep libvirt's number, module and words, and say where in the document they lie. */
export function readingXml<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof LibvirtError)) throw thrown;
    throw new Refusal(codes[thrown.code] ?? 'xml_error', thrown.message, {
      cause: thrown,
      libvirt: thrown.code,
      ...(thrown.domain === undefined ? {} : { domain: thrown.domain }),
      ...(thrown.path === undefined ? {} : { path: thrown.path }),
    });
  }
}
