import { object } from '../argv/options.js';
import type { Builder } from '../context.js';
import { managedReservations } from '../storage/reservations.js';

/** One helper process of the host serves all disks whose SCSI reservations it manages. */
export const reservationHelper: Builder = ({ domain, host }) => {
  const managed = domain.devices.disk.some((disk) => disk.source?.reservations?.managed === true);
  if (!managed) return [];
  return object({ 'qom-type': 'pr-manager-helper', id: managedReservations, path: `${host.paths.directory}/${managedReservations}.sock` });
};
