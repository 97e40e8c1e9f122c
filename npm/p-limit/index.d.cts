import pLimit = require('fanfold/p-limit');

export = pLimit;
