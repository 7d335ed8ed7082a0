import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { list, patchOf, USER } from '../support/scim.js';
import { type Service, startService } from '../support/service.js';
import { type SmallDisk, smallDisk, whyNoDisk } from '../support/small-disk.js';

const reason = whyNoDisk();
const name = 'a disk that takes no more';
const ANONYMOUS = { headers: { Authorization: null } };

describe.skipIf(reason)(reason === undefined ? name : `${name} (skipped: ${reason})`, () => {
  let disk: SmallDisk;
  let service: Service;
  beforeEach(async () => {
    disk = smallDisk('3m');
    service = await startService({ DATA_PATH: disk.path });
  });
  afterEach(async () => {
    await service.close();
    disk.remove();
  });

  const user = (i: number) => ({ schemas: [USER], userName: `u${i}`, title: 'x'.repeat(8_000) });
  const health = async () => (await service.request('GET', '/health', ANONYMOUS)).text;
  const created: string[] = [];

  /** Creates users until one is refused. */
  async function fill() {
    created.length = 0;
    for (let i = 0; i < 1_000; i++) {
      const answer = await service.request('POST', '/Users', { body: user(i) });
      if (answer.status !== 201) return answer;
      created.push(answer.json<{ id: string }>().id);
    }
    throw new Error('the disk never gets full');
  }

  async function nothingIsLost(): Promise<void> {
    const { totalResults } = await list(service, '/Users', { count: '0' });
    expect(totalResults).toBe(created.length);
    for (const id of created) {
      expect((await service.request('GET', `/Users/${id}`)).status).toBe(200);
    }
  }

  it('R-571 is 503 for writes, serves reads, says so, and loses nothing of what was answered', async () => {
    const refused = await fill();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(created.length).toBeGreaterThan(100);
    await nothingIsLost();
    expect(await health()).toBe('{"status":"degraded"}');
    expect(JSON.stringify(service.log)).toContain('ENOSPC');
    await service.close();
    service = await startService({ DATA_PATH: disk.path });
    await nothingIsLost();
  });

  it('R-571 goes on by itself once there is room', async () => {
    await fill();
    for (const id of created.splice(0, 50)) {
      expect((await service.request('DELETE', `/Users/${id}`)).status).toBe(204);
    }
    const answer = await service.request('POST', '/Users', { body: user(2_000) });
    expect(answer.status).toBe(201);
    created.push(answer.json<{ id: string }>().id);
    await nothingIsLost();
  });

  it('R-571 that became read-only is 503 for writes, and no other state is shown', async () => {
    const { id } = (await service.request('POST', '/Users', { body: user(1) })).json<{
      id: string;
    }>();
    disk.setReadOnly(true);
    const change = patchOf({ op: 'replace', path: 'active', value: false });
    expect((await service.request('PATCH', `/Users/${id}`, change)).status).toBe(503);
    expect((await service.request('GET', `/Users/${id}`)).body).toMatchObject({ active: true });
    expect(await health()).toBe('{"status":"degraded"}');
    expect(JSON.stringify(service.log)).toContain('EROFS');
    disk.setReadOnly(false);
    expect((await service.request('PATCH', `/Users/${id}`, change)).status).toBe(200);
  });
});
