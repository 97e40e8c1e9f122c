// One answer out of many: a product page from several calls to a shop, as soon as possible or not at all.
// Run it with --help for the options. The exit code is 0 for a page, 1 for none, 2 if it could not begin, 130 or 143
// after an interrupt (SIGINT, SIGTERM).

import colors from 'chalk';
import { Option } from 'commander';
import { createCommand, duration } from '../shared/arguments.mjs';
import { runProgram } from '../shared/program.mjs';
import { productPage } from './page.mjs';
import { PARTS, startShop } from './shop.mjs';

const command = createCommand('product-page', 'Makes a product page out of many calls to a local shop.')
  .addOption(new Option('--break <parts...>', 'what the shop answers with an error').choices(PARTS))
  .addOption(new Option('--hang <parts...>', 'what the shop never answers').choices(PARTS))
  .addOption(
    new Option('--within <duration>', 'how long it may take in all').argParser(duration).default(2000, '2s'),
  )
  .addOption(
    new Option('--patience <duration>', 'how long each part may take that it can do without')
      .argParser(duration)
      .default(1000, '1s'),
  )
  .parse();

await runProgram(async (signal) => {
  const { break: broken, hang: hanging, within, patience } = command.opts();
  const shop = await startShop({ broken, hanging });
  try {
    const page = await productPage(shop, '7', { within, patience, signal });
    console.log(JSON.stringify(page, null, 2));
    return 0;
  } catch (error) {
    if (signal.aborted) throw error;
    console.error(colors.red(`no page: ${/** @type {Error} */ (error).message}`));
    return 1;
  } finally {
    // What was given up on is really over: the shop sees its connection closed and need not go on either.
    await shop.idle();
    for (const { path, end } of shop.requests) console.error(colors.gray(`${end.padEnd(8)} ${path}`));
    await shop.close();
  }
});
