// The list of URLs: which lines are jobs, which are refused and why, and under which names files are written.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parseJobs, readJobs } from '../download/jobs.mjs';
import { directory } from './support/support.mjs';

test('one URL per line; blank lines, comments, a byte order mark and CRLF are no matter', () => {
  const { jobs, problems } = parseJobs('\uFEFF# files\r\nhttp://h/a.txt\r\n\r\n  https://h/b.txt  \n');
  assert.deepEqual(problems, []);
  assert.deepEqual(
    jobs.map(({ number, url, name }) => ({ number, url, name })),
    [
      { number: 1, url: 'http://h/a.txt', name: 'a.txt' },
      { number: 2, url: 'https://h/b.txt', name: 'b.txt' },
    ],
  );
});

test('a bad line is told with its number and a reason, and the others stay', () => {
  const { jobs, problems } = parseJobs(
    'http://h/a\nwww.example\n\nftp://h/b\nhttp://me:secret@h/c\nhttp://h/d',
  );
  assert.deepEqual(problems, [
    { line: 2, text: 'www.example', reason: 'not a URL' },
    { line: 4, text: 'ftp://h/b', reason: 'expected http or https, got ftp' },
    { line: 5, text: 'http://me:secret@h/c', reason: 'a URL with a user name or password cannot be fetched' },
  ]);
  assert.deepEqual(
    jobs.map(({ name }) => name),
    ['a', 'd'],
  );
});

test('no two files share a name, also where case is ignored', () => {
  const urls = ['http://h/a.txt', 'http://i/A.txt', 'http://h/x/a.txt?v=2', 'http://h/', 'http://h/%zz'];
  assert.deepEqual(
    parseJobs(urls.join('\n')).jobs.map(({ name }) => name),
    ['a.txt', 'A-2.txt', 'a-3.txt', 'h.html', '%zz'],
  );
});

test('no URL writes outside the directory', () => {
  const urls = [
    'http://h/..%2F..%2Fetc%2Fpasswd',
    'http://h/%2e%2e',
    'http://h/a%00b',
    `http://h/${'long'.repeat(200)}.bin`,
  ];
  for (const { name } of parseJobs(urls.join('\n')).jobs) {
    assert.equal(path.dirname(path.resolve('/out', name)), '/out', name);
    assert.ok(name.length <= 125 && !name.includes('\0') && name !== '' && name !== '..', name);
  }
});

test('a list that cannot be read is told by name and reason', async (t) => {
  const where = await directory(t);
  await assert.rejects(
    readJobs(path.join(where, 'none.txt')),
    /cannot read .*none\.txt: there is no such file/,
  );
  await assert.rejects(readJobs(where), /cannot read .*: it is a directory/);
  await writeFile(path.join(where, 'urls.txt'), 'http://h/a\n');
  assert.equal((await readJobs(path.join(where, 'urls.txt'))).jobs.length, 1);
});
