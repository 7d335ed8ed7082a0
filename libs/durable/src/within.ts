/** Something was waited for long enough. What hangs in the system keeps a process from ending, too. */
export class HangError extends Error {
  override readonly name = 'HangError';
}

/**
 * Waits for something that may never end, but not for ever. What was begun goes on.
 * @param limit in ms
 * @throws HangError with the message when the time is over
 */
export async function within<T>(limit: number, task: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new HangError(message)), limit);
  });
  try {
    return await Promise.race([task, late]);
  } finally {
    clearTimeout(timer);
  }
}
