import * as contracts from '@virtbus/contracts';
import { secretUsageTypes, type SecretRecord } from '@virtbus/contracts';
import type { values, ValueOf } from '@virtbus/libvirt-rpc';
import { parseSecret } from '@virtbus/libvirt-xml';
import { listed } from '../handles.js';
import { readOnlyRefusal, refuseOtherFlags } from '../refusals.js';
import type { RemoteHandlers } from '../remote-handlers.js';

/** virConnectListAllSecretsFlags. Every secret of the fleet is kept on disk: none is ephemeral. */
const EPHEMERAL = 1;
const NO_EPHEMERAL = 2;
const PRIVATE = 4;
const NO_PRIVATE = 8;
const ALL = EPHEMERAL | NO_EPHEMERAL | PRIVATE | NO_PRIVATE;

const handleOf = ({ uuid, usageType, usageId }: SecretRecord): ValueOf<typeof values.secret> => ({
  uuid,
  usageType: secretUsageTypes.indexOf(usageType),
  usageID: usageId,
});

function passes({ xml }: SecretRecord, flags: number): boolean {
  if ((flags & (EPHEMERAL | NO_EPHEMERAL)) === EPHEMERAL) return false;
  return (flags & (PRIVATE | NO_PRIVATE)) === 0 || (flags & (parseSecret(xml).private ? PRIVATE : NO_PRIVATE)) !== 0;
}

export const secret: RemoteHandlers = {
  connect_num_of_secrets: (_, { known }) => ({ num: known.secrets().length }),
  connect_list_secrets: ({ maxuuids }, { known }) => ({
    uuids: known
      .secrets()
      .slice(0, maxuuids)
      .map(({ uuid }) => uuid),
  }),
  connect_list_all_secrets: ({ need_results, flags }, { known }) => {
    refuseOtherFlags(flags, ALL, 'connect_list_all_secrets');
    const { list, ret } = listed(
      known.secrets().filter((each) => passes(each, flags)),
      need_results,
    );
    return { secrets: list.map(handleOf), ret };
  },
  secret_lookup_by_uuid: async (args, { known }) => ({ secret: handleOf(await known.secret(args)) }),
  secret_lookup_by_usage: async ({ usageType, usageID }, { known }) => ({ secret: handleOf(await known.secretFor(usageType, usageID)) }),
  secret_define_xml: async ({ xml, flags }, { known, orders }) => {
    refuseOtherFlags(flags, 1, 'secret_define_xml');
    return { secret: handleOf(await known.secret(await orders.run(contracts.defineSecret, { xml }))) };
  },
  secret_get_xml_desc: async ({ secret: { uuid }, flags }, { known }) => {
    refuseOtherFlags(flags, 0, 'secret_get_xml_desc');
    return { xml: (await known.secret({ uuid })).xml };
  },
  secret_undefine: async ({ secret: { uuid } }, { known, orders }) => {
    await known.secret({ uuid });
    await orders.run(contracts.undefineSecret, { secret: uuid });
    return {};
  },
  secret_set_value: async ({ secret: { uuid }, value, flags }, { known, orders }) => {
    refuseOtherFlags(flags, 0, 'secret_set_value');
    await known.secret({ uuid });
    await orders.ask(contracts.setSecretValue, { secret: uuid, value: Buffer.from(value).toString('base64') });
    return {};
  },
  secret_get_value: async ({ secret: { uuid }, flags }, session) => {
    refuseOtherFlags(flags, 0, 'secret_get_value');
    if (session.readOnly) throw readOnlyRefusal('secret_get_value');
    await session.known.secret({ uuid });
    const { value } = await session.orders.ask(contracts.getSecretValue, { secret: uuid });
    return { value: Buffer.from(value, 'base64') };
  },
};
