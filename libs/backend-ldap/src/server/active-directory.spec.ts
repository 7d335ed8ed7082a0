import { describe, expect, it } from 'vitest';
import { refuseActiveDirectory } from './active-directory.js';

describe('R-384 an Active Directory', () => {
  it('is told by its root entry, and refused', () => {
    const root = new Map([['rootdomainnamingcontext', [Buffer.from('DC=example,DC=org')]]]);
    expect(() => refuseActiveDirectory(root)).toThrow('is an Active Directory');
    expect(() => refuseActiveDirectory(new Map())).not.toThrow();
  });
});
