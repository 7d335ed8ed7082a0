/**
 * Waits for something that may never end, but not for ever. What was begun goes on.
 * @param limit in ms
 * @throws Error with the message when the time is over
 */
export async function within<T>(limit: number, task: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(message)), limit);
  });
  try {
    return await Promise.race([task, late]);
  } finally {
    clearTimeout(timer);
  }
}
