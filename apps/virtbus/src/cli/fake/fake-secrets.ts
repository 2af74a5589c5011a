import type { SecretRecord } from '@virtbus/contracts';
import type { Answer, Order, OrderPayload, Question, QuestionPayload, Result } from '../fleet.js';
import { refuse } from './fake-domains.js';

type SecretQuestion = Extract<Question, `${string}Secret` | 'listSecrets' | `${string}SecretValue`>;
type SecretOrder = Extract<Order, `${string}Secret`>;

/** Secrets in memory, with libvirt's refusals. */
export class FakeSecrets {
  readonly records = new Map<string, SecretRecord>();
  readonly values = new Map<string, string>();

  readonly questions: { readonly [N in SecretQuestion]: (payload: QuestionPayload<N>) => Answer<N> } = {
    listSecrets: () => ({ secrets: [...this.records.values()] }),
    getSecret: ({ secret }) => this.found(secret),
    setSecretValue: ({ secret, value }) => {
      this.values.set(this.found(secret).uuid, value);
      return {};
    },
    getSecretValue: ({ secret }) => ({
      value: this.values.get(secret) ?? refuse('no_secret', `Secret not found: secret '${secret}' does not have a value`),
    }),
  };

  readonly orders: { readonly [N in SecretOrder]: (payload: OrderPayload<N>) => Result<N> } = {
    defineSecret: ({ xml }) => {
      const uuid = /<uuid>([^<]+)/.exec(xml)?.[1] ?? refuse('xml_error', 'XML error: missing uuid');
      const usageId = /<name>([^<]+)/.exec(xml)?.[1] ?? '';
      this.records.set(uuid, { uuid, usageType: usageId === '' ? 'none' : 'ceph', usageId, xml });
      return { uuid, name: usageId };
    },
    undefineSecret: ({ secret }) => {
      const { uuid, usageId } = this.found(secret);
      this.records.delete(uuid);
      this.values.delete(uuid);
      return { uuid, name: usageId };
    },
  };

  private found(uuid: string): SecretRecord {
    return this.records.get(uuid) ?? refuse('no_secret', `Secret not found: no secret with matching uuid '${uuid}'`);
  }
}
