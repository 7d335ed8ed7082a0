import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { BACKEND, type Connector, MemoryModule } from '#backend';
import { registry, userDraft, userType } from '#backend-testkit';

it('provides a backend that holds what it was given', async () => {
  const draft = { ...userDraft({ userName: 'held' }), id: 'given' };
  const module = await Test.createTestingModule({
    imports: [MemoryModule.register({ resources: [draft] })],
  }).compile();
  const backend = await module.get<Connector>(BACKEND).open(registry.types);
  expect(await backend.store(userType).get('given')).toMatchObject({ userName: 'held' });
});
