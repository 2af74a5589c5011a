import { Refusal, type ErrorCode } from '@virtbus/contracts';
import type { FilterRefusal } from '../core/nwfilter/filter-rule.js';
import type { FilteredLink } from './link-filters.js';

const NWFILTER = 33;
const INTERNAL = 1;
const PARSE_FAILED = 32;

type Of = Pick<FilteredLink, 'of' | 'mac' | 'ref'>;

/** Where in the definition the filter is asked for. */
const pathOf = ({ of, mac }: Of): string =>
  of === 'binding' ? '/filterbinding/filterref' : `/domain/devices/interface[mac/@address='${mac}']/filterref`;

function refusal(code: ErrorCode, words: string, of: Of, libvirt?: number): Refusal {
  return new Refusal(code, words, { path: pathOf(of), ...(libvirt === undefined ? {} : { libvirt }), domain: NWFILTER });
}

/** For a way to learn that there is not. libvirt says it so. */
export const unknownLearning = (of: Of): Refusal => {
  const given = of.ref.parameter.find(({ name }) => name === 'CTRL_IP_LEARNING')?.value ?? '';
  const words = `failed to parse configuration file filter '${of.ref.filter}' learning value '${given}' invalid.`;
  return refusal('operation_failed', words, of, PARSE_FAILED);
};

export const notToldYet = (of: Of): Refusal =>
  refusal('service_unreachable', 'the filters of the fleet are not known to this host yet', of);

/** Why a filter cannot be applied. A binding's is in the words of libvirt 9.0, to which a filter that is not there is an error of its own. */
export function refusalOf({ kind, words }: FilterRefusal, of: Of): Refusal {
  if (kind === 'unsupported') return refusal('config_unsupported', `unsupported configuration: ${words}`, of);
  if (kind !== 'filter_missing') return refusal('operation_failed', `internal error: ${words}`, of, INTERNAL);
  if (of.of === 'interface') return refusal('no_nwfilter', `Network filter not found: ${words}`, of);
  return refusal(
    'no_nwfilter',
    `internal error: ${words.replace(/^no nwfilter with matching name (.*)$/, 'referenced filter $1 is missing')}`,
    of,
    INTERNAL,
  );
}
