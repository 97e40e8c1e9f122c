/**
 * The memory in use when everything that can be collected has been.
 * @param {import('./measure.mjs').Host} host
 */
export async function settled(host) {
  for (let i = 0; i < 3; i++) {
    await host.turn();
    await host.collect();
  }
  return host.memory();
}
