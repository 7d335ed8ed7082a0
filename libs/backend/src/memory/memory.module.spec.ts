import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { BACKEND, type Backend, MemoryModule } from '#backend';
import { registry, userDraft, userType } from '#backend-testkit';

it('provides a backend that holds what it was given', async () => {
  const draft = { ...userDraft({ userName: 'held' }), id: 'given' };
  const module = await Test.createTestingModule({
    imports: [MemoryModule.register({ resources: [draft] })],
  }).compile();
  const backend = module.get<Backend>(BACKEND);
  await backend.open(registry.types);
  await backend.open(registry.types);
  expect(await backend.store(userType).get('given')).toMatchObject({ userName: 'held' });
});
