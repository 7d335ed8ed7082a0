/** A database server of a test's own. */
export interface DatabaseServer {
  readonly port: number;
  /** Makes an empty database. @returns its `DATABASE_URL` */
  createDatabase(name?: string): Promise<string>;
  /** Runs statements as the superuser. @returns the rows of the last one */
  execute(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** SIGKILL: the server has no time for anything. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}
