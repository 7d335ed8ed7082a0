/** A broker's address as its client library takes it apart; so it takes IPv6 literals, too. */
export interface BrokerAddress {
  readonly protocol: 'amqp' | 'amqps';
  /** Without brackets. */
  readonly hostname: string;
  readonly port?: number;
  readonly username: string;
  readonly password: string;
  /** As it stands in the address, percent signs included. */
  readonly vhost: string;
  /** In seconds. */
  readonly heartbeat?: number;
  /** In bytes. */
  readonly frameMax?: number;
  readonly channelMax?: number;
  readonly locale?: string;
}

/** Options of an address, in the spellings of RabbitMQ and of its libraries. */
const NUMBERS: Readonly<Record<string, 'heartbeat' | 'frameMax' | 'channelMax'>> = {
  heartbeat: 'heartbeat',
  frame_max: 'frameMax',
  frameMax: 'frameMax',
  channel_max: 'channelMax',
  channelMax: 'channelMax',
};

/** What the predecessor's library takes, and this service decides itself: how it tries again. */
const OURS: ReadonlySet<string> = new Set([
  'blocked_connection_timeout',
  'connection_attempts',
  'connection_timeout',
  'retry_delay',
  'socket_timeout',
]);

/** They would make a connection less safe than asked for, if they were passed over. */
const TLS: ReadonlySet<string> = new Set([
  'cacertfile',
  'certfile',
  'keyfile',
  'ssl_options',
  'verify',
]);

/** @throws Error that says what is wrong; it quotes nothing but names of options */
export function parseBrokerAddress(text: string): BrokerAddress {
  if (!URL.canParse(text)) throw new Error('it is no address');
  const url = new URL(text);
  const protocol = url.protocol.slice(0, -1);
  if (protocol !== 'amqp' && protocol !== 'amqps') throw new Error('it is not amqp:// or amqps://');
  const anonymous = url.username === '' && url.password === '';
  return {
    protocol,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost',
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    username: anonymous ? 'guest' : decoded(url.username),
    password: anonymous ? 'guest' : decoded(url.password),
    vhost: url.pathname.slice(1),
    ...optionsOf(url.searchParams),
  };
}

/** For messages: without the password. */
export function describeBroker({
  protocol,
  hostname,
  port,
  username,
  vhost,
}: BrokerAddress): string {
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  const place = `${host}${port === undefined ? '' : `:${port}`}`;
  return `${protocol}://${username}@${place}${vhost === '' ? '' : `/${vhost}`}`;
}

function optionsOf(given: URLSearchParams): Partial<BrokerAddress> {
  const options: Record<string, number | string> = {};
  for (const [name, value] of given) {
    const number = NUMBERS[name];
    if (number !== undefined) {
      if (!/^\d{1,9}$/.test(value)) throw new Error(`its option ${name} is not a whole number`);
      options[number] = Number(value);
    } else if (name === 'locale') {
      options.locale = value;
    } else if (TLS.has(name)) {
      throw new Error(`its option ${name} is not taken: use amqps:// and NODE_EXTRA_CA_CERTS`);
    } else if (!OURS.has(name)) {
      throw new Error(`its option ${name} is unknown`);
    }
  }
  return options;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that is no escape
  }
}
