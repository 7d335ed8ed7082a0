/** A store of a test's own, and the environment that makes the service use it. */
export interface TestStore {
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}
