// The list of services: read, and refused with a reason where something is wrong with it.

import { readFile } from 'node:fs/promises';

/**
 * @typedef {object} Service
 * @property {string} name
 * @property {string} url  answers a GET with 2xx if the service is well
 */

/**
 * @param {string} file
 * @returns {Promise<Service[]>}
 */
export async function readServices(file) {
  const text = await readFile(file, 'utf8');
  const services = parse(text, file);
  if (!Array.isArray(services) || services.length === 0) {
    throw new Error(`${file}: expected an array of at least one { "name", "url" }`);
  }
  return services.map((entry, index) => {
    const { name, url } = Object(entry);
    if (typeof name !== 'string' || !/^https?:/.test(url) || !URL.canParse(url)) {
      throw new Error(`${file}: entry ${index + 1} needs a "name" and an http(s) "url"`);
    }
    return { name, url };
  });
}

/**
 * @param {string} text
 * @param {string} file
 * @returns {unknown}
 */
function parse(text, file) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}
