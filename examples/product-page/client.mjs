// The calls to the shop. Each takes a signal that ends the request, and says what type its answer has.

import { get } from '../shared/http.mjs';

/**
 * @typedef {{ id: string, name: string, sellerId: string }} Product
 * @typedef {{ amount: number, currency: string }} Price
 * @typedef {{ available: number }} Stock
 * @typedef {{ name: string }} Seller
 * @typedef {{ stars: number, text: string }} Review
 *
 * @typedef {object} Shop
 * @property {string} api  where its calls begin
 * @property {readonly string[]} mirrors  where its pictures can be had
 */

/** @type {(shop: Shop, id: string, signal: AbortSignal) => Promise<Product>} */
export const getProduct = (shop, id, signal) => getJson(`${shop.api}/product/${id}`, signal);

/** @type {(shop: Shop, id: string, signal: AbortSignal) => Promise<Price>} */
export const getPrice = (shop, id, signal) => getJson(`${shop.api}/price/${id}`, signal);

/** @type {(shop: Shop, id: string, signal: AbortSignal) => Promise<Stock>} */
export const getStock = (shop, id, signal) => getJson(`${shop.api}/stock/${id}`, signal);

/** @type {(shop: Shop, id: string, signal: AbortSignal) => Promise<Seller>} */
export const getSeller = (shop, id, signal) => getJson(`${shop.api}/seller/${id}`, signal);

/** @type {(shop: Shop, id: string, signal: AbortSignal) => Promise<Review[]>} */
export const getReviews = (shop, id, signal) => getJson(`${shop.api}/reviews/${id}`, signal);

/** @type {(shop: Shop, id: string, signal: AbortSignal) => Promise<string[]>} */
export const getAlike = (shop, id, signal) => getJson(`${shop.api}/alike/${id}`, signal);

/** @type {(mirror: string, id: string, signal: AbortSignal) => Promise<{ url: string, bytes: number }>} */
export async function getPicture(mirror, id, signal) {
  const response = await get(`${mirror}/${id}`, signal);
  return { url: response.url, bytes: (await response.arrayBuffer()).byteLength };
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 */
async function getJson(url, signal) {
  const response = await get(url, signal);
  return response.json();
}
