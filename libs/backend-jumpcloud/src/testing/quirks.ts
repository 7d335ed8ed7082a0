/** What nobody knows for certain about JumpCloud; each may be either way. */
export interface Quirks {
  /** GET of a user that does not exist: 200 with nothing, or a refusal. */
  readonly unknownUser: 'empty' | 404 | 400;
  /** PUT and DELETE of what does not exist. */
  readonly unknownTarget: 404 | 400;
  /** A name or e-mail address that is taken. */
  readonly taken: 400 | 409;
  readonly emails: 'as sent' | 'lower case';
  /** Most users that a search gives at once. */
  readonly searchLimit: 100 | 1000;
  /** Characters of a user name. */
  readonly nameLimit: 30 | 1024;
  /** A group's attributes that a PUT leaves out. */
  readonly groupPut: 'clears' | 'keeps';
  readonly groupDelete: 200 | 204;
  /** A group that has no attributes. */
  readonly noAttributes: 'null' | 'absent';
  /** Lists of groups by id. */
  readonly groupOrder: 'by id' | 'ignored' | 'refused';
  /** Whether users come with their SSH keys. */
  readonly keysInUsers: boolean;
  /** A member that does not exist. */
  readonly unknownMember: 404 | 400;
  /** State of a user that is created without one. */
  readonly initialState: 'STAGED' | 'ACTIVATED';
  /** Whether errors say more than their message. */
  readonly errors: 'short' | 'full';
  readonly retryAfter: boolean;
  /** Whether a user keeps its deleted groups and groups their deleted users, as gaps in pages. */
  readonly gaps: boolean;
}

/** JumpCloud as seen so far. */
export const SEEN: Quirks = {
  unknownUser: 'empty',
  unknownTarget: 404,
  taken: 400,
  emails: 'as sent',
  searchLimit: 100,
  nameLimit: 30,
  groupPut: 'clears',
  groupDelete: 204,
  noAttributes: 'null',
  groupOrder: 'by id',
  keysInUsers: true,
  unknownMember: 404,
  initialState: 'STAGED',
  errors: 'short',
  retryAfter: true,
  gaps: false,
};

/** Everything that is uncertain, the other way. */
export const OTHERWISE: Quirks = {
  unknownUser: 404,
  unknownTarget: 400,
  taken: 409,
  emails: 'lower case',
  searchLimit: 1000,
  nameLimit: 1024,
  groupPut: 'keeps',
  groupDelete: 200,
  noAttributes: 'absent',
  groupOrder: 'ignored',
  keysInUsers: false,
  unknownMember: 400,
  initialState: 'ACTIVATED',
  errors: 'full',
  retryAfter: false,
  gaps: true,
};
