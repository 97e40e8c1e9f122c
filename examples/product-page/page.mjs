// The main job: what the page cannot do without, what it can, and one deadline for all of it.

import { all, any, deadline, scope, settle, timeout } from 'fanfold';
import * as client from './client.mjs';

/** @typedef {import('./client.mjs').Shop} Shop */

/**
 * Makes the page of a product. A failure of what it needs is the end of all that is under way for it; what it can do
 * without is left out when it fails or takes too long.
 *
 * @param {Shop} shop
 * @param {string} id
 * @param {object} [options]
 * @param {number} [options.within]  milliseconds for all steps together
 * @param {number} [options.patience]  milliseconds for each part that it can do without
 * @param {AbortSignal} [options.signal]
 */
export async function productPage(shop, id, { within = 2000, patience = 1000, signal } = {}) {
  const by = deadline(within, { signal, name: 'The product page' });
  try {
    // The first failure in here aborts everything else, and is told of when the children have ended.
    return await scope(
      async (page) => {
        const extras = page.spawn(({ signal }) => getExtras(shop, id, patience, signal));

        const needed = await all(
          {
            product: ({ signal }) => client.getProduct(shop, id, signal),
            price: ({ signal }) => client.getPrice(shop, id, signal),
            stock: ({ signal }) => client.getStock(shop, id, signal),
          },
          { signal: page.signal, onFailure: 'abort-and-wait' },
        );
        // Who sells it is known only from the product.
        const seller = await client.getSeller(shop, needed.product.sellerId, page.signal);
        return { ...needed, seller, ...(await extras) };
      },
      { signal: by.signal },
    );
  } finally {
    by.clear();
  }
}

/**
 * The parts that the page can do without, and why some of them are missing.
 *
 * @param {Shop} shop
 * @param {string} id
 * @param {number} patience  milliseconds for each of them
 * @param {AbortSignal} signal
 */
async function getExtras(shop, id, patience, signal) {
  const { results, errors } = await settle(
    {
      // A function is given its time, so that one that is slow does not keep the others from the page.
      reviews: ({ signal }) =>
        timeout(({ signal }) => client.getReviews(shop, id, signal), patience, {
          signal,
          name: 'getReviews',
        }),
      alike: ({ signal }) =>
        timeout(({ signal }) => client.getAlike(shop, id, signal), patience, { signal, name: 'getAlike' }),
      picture: ({ signal }) =>
        timeout(({ signal }) => getPicture(shop, id, signal), patience, { signal, name: 'getPicture' }),
    },
    { signal },
  );
  return {
    reviews: valueIn(results.reviews),
    alike: valueIn(results.alike),
    picture: valueIn(results.picture),
    missing: errors.map(({ index, error }) => `${index}: ${/** @type {Error} */ (error).message}`),
  };
}

/**
 * The mirror that answers first has it; the requests to the others are aborted then.
 *
 * @param {Shop} shop
 * @param {string} id
 * @param {AbortSignal} signal
 */
function getPicture({ mirrors }, id, signal) {
  return any(
    mirrors.map(
      (mirror) =>
        ({ signal }) =>
          client.getPicture(mirror, id, signal),
    ),
    { signal },
  );
}

/**
 * @template Value
 * @param {PromiseSettledResult<Value>} result
 */
function valueIn(result) {
  return result.status === 'fulfilled' ? result.value : undefined;
}
