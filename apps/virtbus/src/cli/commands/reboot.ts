import { powerButton } from '../power-button.js';

export default powerButton('rebootDomain', {
  about: 'Ask the guest to power off, by its ACPI power button, and start it over when it has.',
  example: 'virtbus reboot web',
  failure: 'Failed to reboot domain',
  success: 'is being rebooted',
});
