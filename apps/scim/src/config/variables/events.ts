import { readBrokerName, readBrokers } from '../values.js';
import { Flag, Parsed, Secret, Text, WholeNumber } from './kinds.js';

const BROKER_NAME = 'a name of 1 to 180 bytes that does not start with "amq."';

/** Where changes are announced. */
export class EventVariables {
  /** Brokers (amqp:// or amqps://) that changes are announced on; without it none are. */
  @Secret()
  @Parsed('one or more amqp:// or amqps:// addresses, separated by commas', readBrokers)
  AMQP?: readonly string[];

  /** Durable queue that messages go to. */
  @Parsed(BROKER_NAME, readBrokerName)
  QUEUE = 'SCIM';

  /** Topic exchange that messages go to instead, with keys like scim.user.create. */
  @Parsed(BROKER_NAME, readBrokerName)
  AMQP_EXCHANGE?: string;

  /** Whether to declare the queue or exchange; if not, it has to be there. */
  @Flag()
  AMQP_ASSERT = true;

  /** Folder of the event journal; else .scim/events under DATA_PATH. */
  @Text()
  AMQP_JOURNAL_PATH?: string;

  /** Bytes of waiting events in the journal, from which on changes are refused (503). */
  @WholeNumber(1024 * 1024)
  AMQP_JOURNAL_MAX_SIZE = 256 * 1024 * 1024;
}
