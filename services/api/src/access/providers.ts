/** What the gateways' doors are made of, for Nest's injector. */
import { apiTokens, isLibvirtUuid, writeAsked, type AuditRecord, type SecretRecord } from '@virtbus/contracts';
import { Bus, BucketConflict } from '@virtbus/messaging';
import { FleetReader } from '../fleet.reader.js';
import { FLEET_VIEWS, type FleetViews } from '../fleet.views.js';
import { Authenticator } from './authenticator.js';
import { readAccessSettings } from './configuration.js';
import type { SecretReference } from './core/tenant-profile.js';
import { Gate } from './gate.js';
import { RateLimits } from './rate-limits.js';
import { Tickets } from './tickets.js';
import { TokenRunner, type TokenRecords } from './token.runner.js';
import { TokensView } from './tokens.js';

const now = (): string => new Date().toISOString();

const tokensView = {
  provide: TokensView,
  inject: [Bus],
  useFactory: async (bus: Bus): Promise<TokensView> => new TokensView(await bus.bucket(apiTokens).view()),
};

function recordsOn(bus: Bus): TokenRecords {
  const bucket = bus.bucket(apiTokens);
  return {
    get: ({ id }) => bucket.get({ id }),
    create: async (record) => {
      try {
        await bucket.create({ id: record.id }, record);
        return true;
      } catch (thrown) {
        if (thrown instanceof BucketConflict) return false;
        throw thrown;
      }
    },
    remove: (id) => bucket.delete({ id }),
  };
}

/** The one of that UUID or, since each use has one secret in the fleet, of that use. */
function secretIn(secrets: FleetViews['secrets'], reference: SecretReference): SecretRecord | undefined {
  if ('uuid' in reference) return isLibvirtUuid(reference.uuid) ? secrets.get({ uuid: reference.uuid.toLowerCase() })?.value : undefined;
  const named = secrets.entries().map(({ value }) => value);
  return named.find(({ usageId, usageType }) => usageType !== 'none' && usageId === reference.usage);
}

const tokenRunner = { provide: TokenRunner, inject: [Bus], useFactory: (bus: Bus): TokenRunner => new TokenRunner(recordsOn(bus), now) };

const gate = {
  provide: Gate,
  inject: [Bus, TokensView, FleetReader, FLEET_VIEWS],
  useFactory: async (bus: Bus, tokens: TokensView, fleet: FleetReader, { domains, pools, secrets }: FleetViews): Promise<Gate> => {
    const { issuers, imageRoots, limits: byRole } = await readAccessSettings(process.env['VIRTBUS_ACCESS_FILE']);
    const limits = new RateLimits();
    return new Gate({
      authenticator: new Authenticator({ tokens, issuers, limits }),
      limits,
      byRole,
      imageRoots,
      pools: () => pools.entries().map((entry) => entry.value),
      network: (reference) => fleet.networkNamed(reference),
      domain: (uuid) => (isLibvirtUuid(uuid) ? domains.get({ uuid })?.value : undefined),
      secret: (reference) => secretIn(secrets, reference),
      publish: (record: AuditRecord) =>
        bus.publish(writeAsked, record, {
          tokens: { commandId: record.commandId },
          // A call that is made again with the key of an allowed one is the same call.
          ...(record.allowed ? { id: `${record.commandId}.asked` } : {}),
          causedBy: record.commandId,
        }),
      settle: ({ commandId, contract }, refusal) =>
        bus.settle({ commandId, command: contract.subject }, refusal ? { ok: false, refusal } : { ok: true, reply: {} }),
      now,
    });
  },
};

export const accessProviders = [tokensView, tokenRunner, gate, { provide: Tickets, useFactory: () => new Tickets() }];
