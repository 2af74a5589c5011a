import { attr, byTag, child } from '../model/field.js';
import { element, flag, tagged, type ValueOf } from '../model/element.js';
import { filled, oneOf, yesNo } from '../model/scalar.js';
import { fault, unsupported, xmlError } from '../model/place.js';
import { uuid } from '../formats/uuid.js';
import { deviceInfo } from '../shared/device-info.js';

const pcrBanks = element({ sha1: child(flag), sha256: child(flag), sha384: child(flag), sha512: child(flag) }, { emptyIsAbsent: true });

const externalSource = element({
  type: attr(oneOf('unix'), {
    required: true,
    invalid: (_, at) => unsupported(at, "only backend type 'unix' is supported for external TPM device"),
  }),
  mode: attr(oneOf('connect'), {
    fallback: 'connect',
    invalid: (_, at) => xmlError(at, "only 'client' mode is supported for external TPM device"),
  }),
  path: attr(filled, { required: (at) => xmlError(at, 'missing socket path for external TPM device') }),
});

const backend = tagged(
  'type',
  {
    type: attr(oneOf('passthrough', 'emulator', 'external'), {
      required: (at) => xmlError(at, 'missing TPM device backend type'),
    }),
    version: byTag({
      emulator: attr(oneOf('1.2', '2.0')),
    }),
    persistentState: byTag({ emulator: attr(yesNo, { xml: 'persistent_state', blank: [false] }) }),
    device: byTag({ passthrough: child(element({ path: attr(filled, { fallback: '/dev/tpm0' }) }), { fallback: { path: '/dev/tpm0' } }) }),
    source: byTag({ external: child(externalSource, { required: (at) => xmlError(at, 'missing TPM device source') }) }),
    encryption: byTag({
      emulator: child(
        element({
          secret: attr(uuid, {
            required: true,
            invalid: (given, at) => fault(at, 'INTERNAL_ERROR', `Unable to parse secret uuid '${given}'`),
          }),
        }),
      ),
    }),
    activePcrBanks: byTag({ emulator: child(pcrBanks, { xml: 'active_pcr_banks' }) }),
  },
  {
    refine: (value, at) => {
      const old = value.type === 'emulator' && value.version !== '2.0' && value.activePcrBanks !== undefined;
      if (old) throw xmlError(at, "<active_pcr_banks/> requires TPM version '2.0'");
      return value;
    },
  },
);

/** A TPM: the host's, an emulated one, or one served by another process. */
export const tpm = element({
  model: attr(oneOf('tpm-tis', 'tpm-crb', 'tpm-spapr', 'spapr-tpm-proxy'), {
    invalid: (given, at) => xmlError(at, `Unknown TPM frontend model '${given}'`),
  }),
  backend: child(backend, { required: (at) => xmlError(at, 'missing TPM device backend') }),
  ...deviceInfo,
});
export type TpmDef = ValueOf<typeof tpm>;
