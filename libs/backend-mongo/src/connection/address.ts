import { mongo } from 'mongoose';

/** What a connection string says that has to be said in another way, see `readAddress`. */
export interface Address {
  readonly url: string;
  /** Where the user is known: `authSource`, else a database that the string names. */
  readonly authSource: string | undefined;
}

const FORM = /^mongodb(?:\+srv)?:\/\/(?:([^@/?]*)@)?[^@/?]+(?:\/([^?]*))?(?:\?(.*))?$/s;

/**
 * As in the reference, a database in the connection string is not where resources are: its only
 * meaning is where the user is known, and a string without one means `admin`, as everywhere.
 * @throws Error saying what is wrong, without showing the string, which holds a password
 */
export function readAddress(url: string): Address {
  const [form, user, path = '', query = ''] = FORM.exec(url) ?? [];
  if (form === undefined) {
    throw new Error(
      'MONGO_DB is no MongoDB connection string, like mongodb://user:password@host:27017/ (characters such as @ : / in a password are written as %40 %3A %2F).',
    );
  }
  const named = /(?:^|&)authSource=([^&]*)/i.exec(query)?.[1];
  const database = decode(path);
  return { url, authSource: user === undefined || named !== undefined ? undefined : database };
}

/** @throws Error saying what is wrong, options that the driver does not know included */
export function checkAddress(url: string): void {
  readAddress(url);
  if (/^mongodb\+srv:/i.test(url)) return; // its options are in the DNS as well
  try {
    void new mongo.MongoClient(url); // reads the string, and connects to nothing
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`MONGO_DB cannot be used: ${why}`, { cause });
  }
}

function decode(path: string): string {
  try {
    return path === '' ? 'admin' : decodeURIComponent(path);
  } catch {
    throw new Error('MONGO_DB names a database that is no percent-encoded text.');
  }
}
