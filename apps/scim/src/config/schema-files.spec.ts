import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfiguration } from './configuration.js';
import { loadRegistry } from './schema-files.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'schemas-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const load = (env: Record<string, string> = {}) =>
  loadRegistry(readConfiguration({ SCHEMA_PATH: folder, ...env }));
const device = JSON.stringify({ id: 'urn:example:Device', attributes: [{ name: 'serial' }] });

describe('SCHEMA_PATH', () => {
  it('adds a resource type', () => {
    write('core/Device.json', device);
    expect(load().typeByName.get('Device')?.endpoint).toBe('/Devices');
  });

  it('may be the folder that holds `schemas`, as in the reference', () => {
    write('schemas/core/Device.json', device);
    write('.git/core/Robot.json', '{');
    expect([...load().typeByName.keys()].sort()).toEqual(['Device', 'Group', 'User']);
  });

  it('stops the start with every file that cannot be used', () => {
    write('core/Device.json', '{');
    write('core/Robot.json', '"x"');
    expect(() => load()).toThrow('SCHEMA_PATH core/Device.json: is not a readable JSON file');
    write('core/Device.json', '{"attributes":[]}');
    expect(() => load()).toThrow(/core\/Device\.json[\s\S]*core\/Robot\.json/);
    expect(() => load({ SCHEMA_PATH: join(folder, 'none') })).toThrow('cannot be read');
  });
});

it('names collections by USER_MODEL_NAME, and externalId as unique or not', () => {
  const registry = loadRegistry(
    readConfiguration({ USER_MODEL_NAME: 'People', EXTERNAL_ID_UNIQUE: 'false' }),
  );
  const user = registry.typeByName.get('User');
  expect(user?.collection).toBe('People');
  expect(user?.unique.map(({ attribute }) => attribute.name)).not.toContain('externalId');
});
