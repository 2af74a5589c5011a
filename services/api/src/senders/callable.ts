import * as contracts from '@virtbus/contracts';
import type { CommandContract, RequestContract } from '@virtbus/contracts';
import { callOf, type Call } from '../access/index.js';

type Callable = CommandContract | RequestContract;

const isCallable = (value: unknown): value is Callable =>
  typeof value === 'object' && value !== null && 'kind' in value && (value.kind === 'command' || value.kind === 'request');

/** What is asked by services alone, on the way of a change. */
const services: ReadonlySet<string> = new Set([contracts.reviseDevice.subject]);

/** What a sender may call at all, by the contract's subject: what goes to no single host, and is not services' own. */
export const callable: ReadonlyMap<string, Callable> = new Map(
  Object.values<unknown>(contracts)
    .filter(isCallable)
    .filter(({ kind, owner, subject }) => /^virtbus\.v1\.(?:cmd|req)\./.test(subject) && (kind === 'command' || owner === 'api'))
    .filter(({ subject }) => !services.has(subject))
    .map((contract) => [contract.subject, contract]),
);

/** A secret's value goes as a request, since no stream is to hold it, and is a change all the same. */
export const callJudged = (contract: Callable): Call =>
  contract === contracts.setSecretValue ? { ...callOf(contract), kind: 'command' } : callOf(contract);
