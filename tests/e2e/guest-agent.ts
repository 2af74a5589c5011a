import type { SerialConsole } from '../../tools/guest/serial-console.ts';

const ANSWER_MS = 5_000;
const ATTEMPTS = 3;

/** Starts the agent of a test's guest. A shell that has just opened its terminal may lose what was typed before: it is typed until it is heard. */
export async function startAgent(console: SerialConsole): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const from = console.text.length;
    console.type('guest-agent & echo agent-$((1))-began');
    try {
      await console.waitFor(/agent-1-began/, ANSWER_MS, from);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
