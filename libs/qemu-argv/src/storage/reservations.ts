/** Id of the helper that the host starts for every disk whose reservations it manages. */
export const managedReservations = 'pr-helper0';

/** Id of a helper that the definition names the socket of. */
export const ownReservations = (node: string): string => `pr-helper-${node}`;
