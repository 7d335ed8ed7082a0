import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Terminal } from './terminal.js';

/** A stream that says it is a terminal, or not. */
function stream(isTTY: boolean): NodeJS.WriteStream {
  return Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream;
}

function terminalOn(isTTY: boolean, env: Readonly<Record<string, string>>): Terminal {
  const input = new PassThrough() as unknown as NodeJS.ReadStream;
  return new Terminal(stream(isTTY), stream(isTTY), input, env);
}

it('R-530: colour is for terminals, and NO_COLOR turns it off', () => {
  expect(terminalOn(true, {}).paint('red', 'x')).toBe('\u001b[31mx\u001b[39m');
  expect(terminalOn(false, {}).paint('red', 'x')).toBe('x');
  expect(terminalOn(true, { NO_COLOR: '1' }).paint('red', 'x')).toBe('x');
  expect(terminalOn(true, { NO_COLOR: '' }).paint('red', 'x')).not.toBe('x');
});

it('R-530: where nobody can be asked, destroying needs --yes', async () => {
  const terminal = terminalOn(false, {});
  await expect(terminal.confirm('Remove all?', false)).rejects.toThrow('--yes');
  await expect(terminal.confirm('Remove all?', true)).resolves.toBeUndefined();
});
