import { powerButton } from '../power-button.js';

export default powerButton('rebootDomain', {
  about: 'Ask the guest to start over: through its agent, or by its ACPI power button and then a reset.',
  example: 'virtbus reboot web',
  failure: 'Failed to reboot domain',
  success: 'is being rebooted',
});
