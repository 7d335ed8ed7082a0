import type { Terminal } from '../terminal/terminal.js';
import type { Finding } from './compare.js';
import type { Difference } from './differences.js';

/** Characters of a value that are shown. */
const LONGEST = 60;
/** Elements of a relation that are shown. */
const MOST = 3;

/** A finding for people: `-` only in the first place, `+` only in the second, `~` in both. */
export function findingLines(terminal: Terminal, finding: Finding): readonly string[] {
  const name = `${finding.type} ${finding.id}`;
  if (finding.kind === 'only-from') return [terminal.paint('red', `- ${name}`)];
  if (finding.kind === 'only-to') return [terminal.paint('green', `+ ${name}`)];
  const also = finding.toId === undefined ? '' : ` (${finding.toId})`;
  return [
    terminal.paint('yellow', `~ ${name}${also}`),
    ...finding.differences.map((one) => `    ${differenceText(one)}`),
  ];
}

function differenceText({ path, from, to, secret }: Difference): string {
  if (secret) return `${path}: differs, not shown`;
  return `${path}: ${valueText(from)} → ${valueText(to)}`;
}

function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (
    Array.isArray(value) &&
    value.length > MOST &&
    value.every((one) => typeof one === 'string')
  ) {
    return `${value.slice(0, MOST).join(', ')} and ${value.length - MOST} more`;
  }
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
