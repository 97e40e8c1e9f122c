// The drop-in from CommonJS: the function itself, as p-map gave it while it was CommonJS, and its names on it.
import pMap = require('fanfold/p-map');

const options: pMap.Options = { concurrency: 1, stopOnError: false };
const lengths: Promise<number[]> = pMap(['a', 'b'], async (name) => name.length, options);
const same: typeof pMap.default = pMap.default;
const mapper: pMap.Mapper<string, number> = (name) => (name === '' ? pMap.pMapSkip : name.length);
const stream: AsyncIterable<number> = pMap.pMapIterable(['a'], mapper, { backpressure: 2 });
const settled: Promise<PromiseSettledResult<number>[]> = pMap.pMapSettled(['a'], mapper);
const keyed: Promise<{ a: string }> = pMap.pMapKeyed({ a: 1 }, (value) => value.toFixed());
const both: Promise<{ a: PromiseSettledResult<string> }> = pMap.pMapSettledKeyed({ a: 1 }, (value) =>
  value.toFixed(),
);
const stop: symbol = pMap.pMapStop;

// @ts-expect-error the concurrency is a number
pMap(['a'], mapper, { concurrency: '1' });
// @ts-expect-error the mapper is missing
pMap(['a']);

export = [lengths, same, stream, settled, keyed, both, stop];
