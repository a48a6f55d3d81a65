// What JavaScript's sides measure by, in milliseconds: the processor time of the main thread, where Node tells it, since
// machines are shared; else the clock on the wall.
const { threadCpuUsage } = /** @type {any} */ (process); // Node 23.9 and newer

export function clock() {
  if (!threadCpuUsage) return performance.now();
  const { user, system } = threadCpuUsage();
  return (user + system) / 1e3;
}
