/** What a check finds wrong. Checks are functions of the definition alone; the first finding refuses it. */
import type { DomainDef, ErrorName } from '@virtbus/libvirt-xml';
import { placed } from '../context.js';
import { refuse } from '../refusal.js';

/** A sentence alone means unsupported configuration (67) at the thing that was checked. */
export type Finding = string | FindingInDetail | undefined;

export interface FindingInDetail {
  readonly says: string;
  readonly code?: ErrorName;
  /** Path of what is at fault, below the thing that was checked, or absolute. */
  readonly at?: string;
}

export type DomainCheck = (domain: DomainDef) => Finding;
export type DeviceCheck<D> = (device: D, domain: DomainDef) => Finding;

/** A contradiction within the document: XML error (27). */
export const contradiction = (says: string, at?: string): FindingInDetail => ({ says, code: 'XML_ERROR', ...(at !== undefined && { at }) });

/** A missing or impossible detail (35). */
export const detail = (says: string, at?: string): FindingInDetail => ({ says, code: 'XML_DETAIL', ...(at !== undefined && { at }) });

/** @throws LibvirtError for a finding */
export function settle(finding: Finding, at: string): void {
  if (finding === undefined) return;
  const { says, code = 'CONFIG_UNSUPPORTED', at: place = '' } = typeof finding === 'string' ? { says: finding } : finding;
  throw refuse(code, place.startsWith('/domain') ? place : `${at}${place}`, says);
}

/** Checks of every device of a kind. */
export function checkDevices<D>(domain: DomainDef, kind: string, devices: readonly D[], checks: readonly DeviceCheck<D>[]): void {
  for (const { device, at } of placed(kind, devices)) {
    for (const check of checks) settle(check(device, domain), at);
  }
}

/** The first value that a list holds twice. */
export function firstRepeated<T>(values: readonly T[]): T | undefined {
  return values.find((value, index) => values.indexOf(value) !== index);
}
