import { object } from '../argv/options.js';
import type { Builder } from '../context.js';
import { unsupported } from '../refusal.js';

/** Memory that the host cannot read (AMD SEV). */
export const launchSecurity: Builder = ({ domain, host }) => {
  const given = domain.launchSecurity;
  if (!given) return [];
  const at = '/domain/launchSecurity';
  if (given.type !== 'sev') throw unsupported(at, `x86 has no launch security of type '${given.type}'`);
  const { directory } = host.paths;
  return object({
    'qom-type': 'sev-guest',
    id: 'lsec0',
    cbitpos: given.cbitpos,
    'reduced-phys-bits': given.reducedPhysBits,
    policy: given.policy,
    'dh-cert-file': given.dhCert === undefined ? undefined : `${directory}/dh_cert.base64`,
    'session-file': given.session === undefined ? undefined : `${directory}/session.base64`,
    'kernel-hashes': given.kernelHashes,
  });
};
