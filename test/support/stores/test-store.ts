/** A store of a test's own, and the environment that makes the service use it. */
export interface TestStore {
  readonly env: Readonly<Record<string, string>>;
  /** Whether somebody can sign in to it by this name and password; without it, nobody signs in. */
  readonly signIn?: (userName: string, password: string) => Promise<boolean>;
  remove(): Promise<void>;
}
