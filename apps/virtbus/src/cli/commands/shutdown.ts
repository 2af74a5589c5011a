import { powerButton } from '../power-button.js';

export default powerButton('shutdownDomain', {
  about: 'Ask the guest to power off, through its agent or by its ACPI power button. The guest may take its time, or ignore it.',
  example: 'virtbus shutdown web',
  failure: 'Failed to shutdown domain',
  success: 'is being shutdown',
});
