import fc from 'fast-check';

/**
 * Properties are tried with the same values each time, so that a commit passes or fails for what it
 * is. `npm run fuzz` looks for others, and what it finds becomes a case of its own.
 */
if (process.env.FUZZ_MINUTES === undefined) fc.configureGlobal({ seed: 20_261_127 });
