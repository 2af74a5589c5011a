import { phaseOf, transitions, verbs, type Answer, type Change, type Verb } from './lifecycle.js';
import { lifecycleNumbers, stateNumbers, type DomainStatus, type LifecycleEvent } from '@virtbus/contracts';

interface Edge extends Change {
  readonly phase: string;
  readonly happening: string;
}

const edges: readonly Edge[] = Object.entries(transitions).flatMap(([phase, changes]) =>
  Object.entries(changes).map(([happening, change]) => ({ phase, happening, ...change })),
);
const verbNames: readonly Verb[] = ['start', 'shutdown', 'reboot', 'reset', 'suspend', 'resume', 'destroy'];

/** docs/generated/domain-lifecycle.md: the tables of lifecycle.ts as a picture and as text. */
export function lifecyclePage(): string {
  return [
    '# A domain on its host',
    '',
    'Generated from services/host-agent/src/core/lifecycle.ts by its test. `starting` is libvirt’s paused with reason starting-up.',
    'Numbers are those of libvirt’s public API.',
    '',
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> shutoff',
    ...picture().map((line) => `  ${line}`),
    '```',
    '',
    '## What happens',
    '',
    'A happening that is not listed for a phase changes nothing there and says nothing.',
    '',
    ...table(
      ['phase', 'happening', 'state, reason', 'events, in order'],
      edges.map(({ phase, happening, to, events }) => [
        phase,
        happening,
        to ? statusWords(to) : 'unchanged',
        events.map(eventWords).join(', then ') || 'none',
      ]),
    ),
    '',
    '## What is asked',
    '',
    ...table(
      ['phase', ...verbNames],
      Object.entries(verbs).map(([phase, answers]) => [phase, ...verbNames.map((verb) => answerWords(answers[verb]))]),
    ),
    '',
  ].join('\n');
}

/** One arrow between two phases, whatever may take it. */
function picture(): string[] {
  const arrows = new Map<string, string[]>();
  for (const { phase, happening, to } of edges) {
    if (!to) continue;
    const arrow = `${phase} --> ${phaseOf(to)}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), happening]);
  }
  return [...arrows].map(([arrow, happenings]) => `${arrow}: ${happenings.join(', ')}`);
}

function statusWords({ state, reason }: DomainStatus): string {
  const { number, reasons } = stateNumbers[state];
  return `${state} (${number}), ${reason} (${numberOf(reasons, reason)})`;
}

function eventWords({ event, detail }: LifecycleEvent): string {
  const { number, details } = lifecycleNumbers[event];
  return `${event} ${detail} (${number}, ${numberOf(details, detail)})`;
}

function numberOf(numbers: Readonly<Record<string, number>>, name: string): string {
  return String(numbers[name]);
}

function answerWords(answer: Answer): string {
  return answer.type === 'refused' ? `refused: ${answer.words}` : answer.type;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
