import { createHash, randomBytes } from 'node:crypto';
import type { Draft } from '#backend';
import { foldBlanks } from '../mapping/dn.js';

/** What an entry is called that people look for by name; unlike an id, others may have it already. */
export interface AccountNames {
  /** Of the entry in its unit: 64 characters at most. */
  readonly cn: string;
  /** Of the account or group in its domain: 20 characters at most. */
  readonly account: string;
}

const LONGEST_CN = 64;
const LONGEST_ACCOUNT = 20;
/** Digits that tell names apart which would be alike. */
const DIGITS = 8;

/**
 * Names made of what a resource is called, by which nobody finds it again: that are other attributes.
 * @param isTaken the names that were made before are someone else's
 */
export function accountNames(resource: Draft, isTaken: boolean): AccountNames {
  const [text = 'unnamed'] = [resource.userName, resource.displayName].filter(
    (value) => typeof value === 'string' && value !== '',
  ) as string[];
  const cn = clean(text, /[\p{C}\\/"+,;<>=#]/gu);
  const account = clean(text.replace(/@.*$/s, '') || text, /[\p{C}"/\\[\]:;|=,+*?<>@]/gu);
  return {
    cn: named(cn, text, LONGEST_CN, isTaken),
    account: named(account.replace(/\.+$/, ''), text, LONGEST_ACCOUNT, isTaken),
  };
}

function clean(text: string, unwanted: RegExp): string {
  return foldBlanks(text.replace(unwanted, ''));
}

/** What was cut or left out makes names alike that were not. */
function named(name: string, text: string, longest: number, isTaken: boolean): string {
  const characters = [...name];
  if (characters.length > 0 && name.length <= longest && !isTaken) return name;
  const mark = isTaken ? randomBytes(DIGITS / 2).toString('hex') : hashOf(text);
  const room = longest - DIGITS - 1;
  let start = '';
  for (const character of characters) {
    if (start.length + character.length > room) break;
    start += character;
  }
  return start.trim() === '' ? mark : `${start.trim()}-${mark}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text.toLowerCase()).digest('hex').slice(0, DIGITS);
}
