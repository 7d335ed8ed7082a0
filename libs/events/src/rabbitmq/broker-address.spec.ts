import { describe, expect, it } from 'vitest';
import { parseBrokerAddress } from './broker-address.js';

const GUEST = { username: 'guest', password: 'guest' };

describe('the address of a broker', () => {
  it.each([
    ['amqp://broker', { protocol: 'amqp', hostname: 'broker', vhost: '', ...GUEST }],
    [
      'amqps://me:s%40fe@[2001:db8::1]:5671/%2Fhosts?heartbeat=30&frame_max=8192&connection_attempts=3',
      {
        protocol: 'amqps',
        hostname: '2001:db8::1',
        port: 5671,
        username: 'me',
        password: 's@fe',
        vhost: '%2Fhosts',
        heartbeat: 30,
        frameMax: 8192,
      },
    ],
    ['amqp://[::1]', { protocol: 'amqp', hostname: '::1', vhost: '', ...GUEST }],
    ['amqp://me@h', { protocol: 'amqp', hostname: 'h', vhost: '', username: 'me', password: '' }],
  ])('R-399 %s is taken apart', (text, wanted) => {
    expect(parseBrokerAddress(text)).toEqual(wanted);
  });

  it.each([
    ['http://broker', 'it is not amqp:// or amqps://'],
    ['broker', 'it is no address'],
    ['amqp://me:secret@h?hartbeat=1', 'its option hartbeat is unknown'],
    ['amqp://me:secret@h?heartbeat=often', 'its option heartbeat is not a whole number'],
    ['amqp://me:secret@h?verify=verify_peer', 'NODE_EXTRA_CA_CERTS'],
  ])('R-399 %s is refused', (text, why) => {
    expect(() => parseBrokerAddress(text)).toThrow(why);
    expect(() => parseBrokerAddress(text)).not.toThrow('secret');
  });
});
