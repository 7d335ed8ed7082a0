import { expect } from 'vitest';
import { type Filter, parseFilter } from '#scim';
import { existing, rejection } from './expect.js';
import { changed, concern, type Fixture, fresh, tick, userDraft, userType } from './fixture.js';
import { keepsBytes, largestValue, unique } from './needs.js';
import type { ConformanceOptions } from './options.js';

/** Kept as sent, character for character. */
const TEXTS = [
  'r\u00e9sum\u00e9',
  're\u0301sume\u0301',
  '\u{1f469}\u200d\u{1f680} \u{20000}',
  '\u05e9\u05dc\u05d5\u05dd \u202b\u0645\u0631\u062d\u0628\u0627\u202c',
  'na\u00efve \ufb01 \uff21 \u0130\u0131',
  'tab\tline\nreturn\rquote"back\\slash/\u0000\u001f\u007f\u2028',
  "'; drop table Users; -- %_*",
  '  blanks  ',
  'x'.repeat(20_000),
];

/** Those that a store may have to write as something else, and their neighbours. */
const CONTROLS = ['\u0000', '\u0001', '\u0002', '\u0003', '\u0004', '\u0005', '\u0006', '\ue000'];

const OPERATORS = {
  eq: (value: string, asked: string) => value === asked,
  co: (value: string, asked: string) => value.includes(asked),
  sw: (value: string, asked: string) => value.startsWith(asked),
  ew: (value: string, asked: string) => value.endsWith(asked),
};
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export function unicode(options: ConformanceOptions): void {
  concern('Unicode and case', options, (test) => {
    TEXTS.forEach((text, i) => {
      test(
        `keeps text as it was sent, sample ${i + 1}`,
        [keepsBytes(Buffer.byteLength(text))],
        async (fixture) => {
          const { users, createUser } = fixture;
          const user = await createUser({
            displayName: text,
            emails: [{ value: text, type: text }],
          });
          const read = await existing(users, user.id);
          expect(read.displayName).toBe(text);
          expect(read.emails).toEqual([{ value: text, type: text }]);
        },
      );
    });

    test('R-302 refuses a text that is too long, by name', [largestValue], async (fixture) => {
      const { backend, users, createUser } = fixture;
      const most = backend.supports.largestValue;
      const fits = 'é'.repeat(Math.floor(most / 2));
      const user = await createUser({ displayName: fits });
      const write = { ifVersion: user.meta.version, now: tick() };
      for (const [path, over] of [
        ['displayName', { displayName: `${fits}éé` }],
        ['emails.value', { emails: [{ value: 'a@b' }, { value: 'x'.repeat(most + 1) }] }],
        [`${ENTERPRISE}:division`, { [ENTERPRISE]: { division: 'x'.repeat(most + 1) } }],
      ] as const) {
        const draft = changed(user, { ...over, schemas: [userType.schema.id, ENTERPRISE] });
        expect((await rejection(users.put(draft, write), 'unsupported')).details.path).toBe(path);
      }
      expect(await users.get(user.id)).toEqual(user);
    });

    const same: readonly (readonly [string, string, string])[] = [
      ['case', 'Jos\u00e9.One', 'JOS\u00c9.one'],
      ['composition', 'Jos\u00e9.Two', 'Jose\u0301.Two'],
      ['width', 'wide.three', '\uff57\uff49\uff44\uff45.three'],
    ];
    for (const [what, one, other] of same) {
      test(
        `R-085 userNames that differ in ${what} are one`,
        [unique('userName')],
        async (fixture) => {
          const { users, createUser } = fixture;
          const user = await createUser({ userName: one });
          expect((await existing(users, user.id)).userName).toBe(one);
          expect(await find(fixture, `userName eq ${JSON.stringify(other)}`)).toEqual([user.id]);
          await rejection(users.put(userDraft({ userName: other }), { now: tick() }), 'unique');
        },
      );
    }

    test('externalIds that differ in case are two', async (fixture) => {
      const { createUser } = fixture;
      const lower = await createUser({ externalId: 'exact-é' });
      const upper = await createUser({ externalId: 'EXACT-É' });
      expect(await find(fixture, 'externalId eq "exact-é"')).toEqual([lower.id]);
      expect(await find(fixture, 'externalId eq "EXACT-É"')).toEqual([upper.id]);
      expect(await find(fixture, 'externalId eq "Exact-É"')).toEqual([]);
    });

    test('R-355 control characters match nothing but themselves, in every operator', async (fixture) => {
      const { users, createUser } = fixture;
      const title = fresh('control');
      const names = [...CONTROLS, ...CONTROLS.map((char) => `a${char}b`)];
      const kept = new Map<string, string>();
      for (const displayName of names) {
        kept.set((await createUser({ displayName, title })).id, displayName);
      }
      const titled = parseFilter(`title eq "${title}"`, userType);
      for (const [operator, matches] of Object.entries(OPERATORS)) {
        for (const asked of [...CONTROLS, `a${CONTROLS[1]}`, `${CONTROLS[2]}b`]) {
          const own = parseFilter(`displayName ${operator} ${JSON.stringify(asked)}`, userType);
          const filter: Filter = { kind: 'and', operands: [titled, own] };
          const page = await users.query({ filter, start: { offset: 0 }, limit: 99 });
          const found = page.items.map(({ id }) => kept.get(id) ?? '?');
          expect([operator, asked, found.sort()]).toEqual([
            operator,
            asked,
            names.filter((name) => matches(name, asked)).sort(),
          ]);
        }
      }
    });

    test('R-110 other text is found in any case', async (fixture) => {
      const user = await fixture.createUser({ displayName: 'GRÖSSE Ünïque' });
      expect(await find(fixture, 'displayName eq "gröSSE ünÏque"')).toEqual([user.id]);
      expect(await find(fixture, 'displayName sw "grösse ü"')).toEqual([user.id]);
      expect(await find(fixture, 'displayName co "ÜNÏ"')).toEqual([user.id]);
    });
  });
}

async function find({ users }: Fixture, text: string): Promise<readonly string[]> {
  const filter = parseFilter(text, userType);
  const page = await users.query({ filter, start: { offset: 0 }, limit: 9 });
  return page.items.map(({ id }) => id);
}
