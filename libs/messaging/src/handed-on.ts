export interface HandedOn {
  readonly type: 'handed_on';
}

/** A command handler returns it when another service will publish the outcome for the same commandId. */
export const handedOn: HandedOn = Object.freeze({ type: 'handed_on' });
