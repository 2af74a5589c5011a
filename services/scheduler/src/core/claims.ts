import type { Claim, HostClaims } from '@virtbus/contracts';

/** A domain has at most one claim on a host: a newer one replaces it. */
export const withClaim = (claims: HostClaims, claim: Claim): HostClaims => ({
  hostId: claims.hostId,
  claims: [...claims.claims.filter((held) => held.uuid !== claim.uuid), claim],
});

/** Takes away what a domain holds up to an epoch; the same value when it holds nothing. */
export function withoutClaim(claims: HostClaims, uuid: string, upToEpoch: number): HostClaims {
  const kept = claims.claims.filter((held) => held.uuid !== uuid || held.epoch > upToEpoch);
  return kept.length === claims.claims.length ? claims : { hostId: claims.hostId, claims: kept };
}
