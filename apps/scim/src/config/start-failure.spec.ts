import { expect, it } from 'vitest';
import { BackendError } from '#backend';
import { ConfigurationError } from './configuration.js';
import { describeStartFailure, ListenError } from './start-failure.js';

const coded = (code: string) =>
  new ListenError('192.0.2.1', 80, Object.assign(new Error(`listen ${code}`), { code }));

it.each([
  [new ConfigurationError(['PORT must be a number', 'TENANTS must be JSON']), /PORT.*\n.*TENANTS/],
  [new BackendError('unavailable', 'the disk is full'), /disk is full/],
  [new Error('The folder is in use by process 7.'), /in use by process 7/],
  [coded('EADDRINUSE'), /192\.0\.2\.1:80: listen EADDRINUSE\. Another process listens/],
  [coded('EACCES'), /may not listen/],
  [coded('EADDRNOTAVAIL'), /no such address: correct HOST/],
  ['text', /text/],
])('a start that fails says what to fix, without a stack: %s', (error, message) => {
  expect(describeStartFailure(error)).toMatch(message);
  expect(describeStartFailure(error)).not.toMatch(/\n\s+at /);
});

it('an error of the program keeps its stack', () => {
  expect(describeStartFailure(new TypeError('x is not a function'))).toMatch(/\n\s+at /);
});
